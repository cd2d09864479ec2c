#!/bin/bash
# Fills corpus/ with what each target starts from: the fixtures of the import tests, and the demonstration
# red line in every format that the console writes. Usage: seeds.sh path/to/redline
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")"
redline=$(realpath "${1:?the redline program}")
fixtures=../fixtures/import
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

seed() { # TARGET FILE...
    mkdir -p "corpus/$1"
    for file in "${@:2}"; do cp "$file" "corpus/$1/$(basename "$file")"; done
}

"$redline" --workspace "$made/a.gpkg" init --empty >/dev/null
"$redline" --workspace "$made/a.gpkg" import ../../data/demo/redline_4523.geojson --as redline --name demo >/dev/null || [ $? = 3 ]
for ending in geojson shp kml txt csv xlsx; do
    "$redline" --workspace "$made/a.gpkg" export demo --to "$made/demo.$ending" >/dev/null ||
        echo "not written: demo.$ending" >&2
done
# Points and lines, as Shapefiles too.
for layer in points:table/points.xlsx lines:line_with_repeated_points.geojson; do
    "$redline" --workspace "$made/a.gpkg" import "$fixtures/${layer#*:}" --as reference \
        --name "${layer%%:*}" >/dev/null || [ $? = 3 ]
    "$redline" --workspace "$made/a.gpkg" export "${layer%%:*}" --to "$made/${layer%%:*}.shp" >/dev/null
done
# A bundle: the files one after another, each but the first after a line with its name.
bundle_shapefile() { # STEM
    cat "$1.shp"
    for part in dbf shx prj cpg; do
        if [ -f "$1.$part" ]; then printf '\n@@%s\n' "$part"; cat "$1.$part"; fi
    done
}
bundle_workbook() { # XLSX
    unzip -p "$1" xl/worksheets/sheet1.xml
    while read -r part member; do
        if unzip -l "$1" "$member" >/dev/null; then printf '\n@@%s\n' "$part"; unzip -p "$1" "$member"; fi
    done <<<'strings xl/sharedStrings.xml
styles xl/styles.xml
second xl/worksheets/sheet2.xml'
}

seed geojson "$fixtures"/*.geojson ../../data/demo/*.geojson
seed topojson "$fixtures"/topojson/*
seed kml "$fixtures"/kml/*.kml "$made"/*.kml
seed gpx "$fixtures"/gpx/*
seed boundary_txt "$fixtures"/txt/* "$made"/*.txt
seed dxf "$fixtures"/dxf/*
seed csv "$fixtures"/table/*.csv "$fixtures"/table/*.txt "$made"/*.csv
(cd "$made" && zip -q0 demo.zip demo.shp demo.dbf demo.prj demo.cpg && zip -q small.zip points.*)
seed archive "$fixtures"/kml/*.kmz "$made"/*.zip $(find "$fixtures" -name '*.zip')
seed xlsx "$fixtures"/table/*.xlsx "$made"/*.xlsx
for workbook in "$fixtures"/table/{dates_and_errors,far_corner,merged_titles,points,two_sheets}.xlsx; do
    bundle_workbook "$workbook" >"corpus/xlsx/$(basename "$workbook").parts"
done
mkdir -p corpus/{shapefile,prj,wkt,encoding,geopackage}
for shp in "$made"/*.shp $(find "$fixtures" -name '*.shp'); do
    bundle_shapefile "${shp%.shp}" >"corpus/shapefile/$(basename "$shp")"
done
seed prj "$made"/*.prj $(find "$fixtures" -name '*.prj')
# Coordinates as text, one kind of geometry a seed.
number=0
while read -r wkt; do
    number=$((number + 1))
    printf %s "$wkt" >"corpus/wkt/$number"
done <<'WKT'
POINT(103.76 29.55)
SRID=4523;POINT Z (35376000 3270000 400)
LINESTRING(103.7 29.5,103.8 29.6)
POLYGON((103.7 29.5,103.8 29.5,103.8 29.6,103.7 29.5),(103.72 29.51,103.73 29.51,103.73 29.52,103.72 29.51))
MULTIPOINT((103.7 29.5),(103.8 29.6))
MULTIPOINT(103.7 29.5,103.8 29.6)
MULTILINESTRING((103.7 29.5,103.8 29.6),(103.7 29.6,103.8 29.5))
MULTIPOLYGON(((103.7 29.5,103.8 29.5,103.8 29.6,103.7 29.5)),((103.1 29.1,103.2 29.1,103.2 29.2,103.1 29.1)))
GEOMETRYCOLLECTION(POINT(103.7 29.5),GEOMETRYCOLLECTION(LINESTRING(103.7 29.5,103.8 29.6)))
POINT EMPTY
POLYGON ZM ((1 2 3 4,5 6 7 8
WKT
# The first byte chooses the encoding, the second the kind of file.
number=0
for text in 乐山市市中区 生态保护红线，岷江 樂山市 'Leshan é'; do
    for encoding in UTF-8 GB18030 BIG5 UTF-16LE UTF-16BE; do
        for choice in '\377' '\001' '\003' '\004'; do
            for kind in '\000' '\001' '\002' '\003'; do
                number=$((number + 1))
                { printf "$choice$kind"; printf %s "$text" | iconv -f UTF-8 -t "$encoding" 2>/dev/null; } \
                    >"corpus/encoding/$number" || true
            done
        done
    done
done
# GeoPackages as small as they can be: a point, a line and a hole, in pages of 512 bytes.
gp=47500001ab110000 # 'GP', version 0, no envelope, EPSG:4523
one() { printf 0101000000; number 35376000 3270000; }
number() { perl -e 'print unpack("H*", pack("d<*", @ARGV))' "$@"; }
line() { printf 010200000002000000; number 35376000 3270000 35376100 3270100; }
area() {
    printf 01030000000200000004000000
    number 35376000 3270000 35376900 3270000 35376900 3270900 35376000 3270000
    printf 04000000
    number 35376500 3270100 35376600 3270100 35376600 3270200 35376500 3270100
}
for kind in one line area; do
    rm -f "$made/$kind.gpkg"
    sqlite3 "$made/$kind.gpkg" <<SQL
PRAGMA page_size=512; PRAGMA application_id=1196444487; PRAGMA user_version=10300;
CREATE TABLE gpkg_spatial_ref_sys(srs_name,srs_id INTEGER PRIMARY KEY,organization,organization_coordsys_id,definition,description);
CREATE TABLE gpkg_contents(table_name PRIMARY KEY,data_type,identifier,description,last_change,min_x,min_y,max_x,max_y,srs_id);
CREATE TABLE gpkg_geometry_columns(table_name,column_name,geometry_type_name,srs_id,z,m);
CREATE TABLE a(fid INTEGER PRIMARY KEY,geom BLOB,name TEXT,area REAL,n INTEGER,ok BOOLEAN);
INSERT INTO gpkg_spatial_ref_sys VALUES('x',4523,'EPSG',4523,'undefined','');
INSERT INTO gpkg_contents VALUES('a','features','a','','',0,0,1,1,4523);
INSERT INTO gpkg_geometry_columns VALUES('a','geom','GEOMETRY',4523,0,0);
INSERT INTO a VALUES(1,x'$gp$($kind)','岷江',1.5,7,1),(2,NULL,NULL,NULL,NULL,0);
SQL
done
seed geopackage "$made"/{one,line,area}.gpkg
