//! Which of two numbers is the easting? Surveyors write north first, GIS tools east first, and both call
//! them X and Y: the size decides. Must not know any format.

/// In which order a pair of numbers stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    NorthEast,
    EastNorth,
}

/// China's northings start here; eastings without their zone end below.
const LEAST_NORTHING: f64 = 1_200_000.0;

/// Eastings with their zone number start here.
const LEAST_ZONED_EASTING: f64 = 13_000_000.0;

/// `None`: the size does not tell.
pub(super) fn order_of(first: f64, second: f64) -> Option<Order> {
    if is_north_east(first, second) {
        Some(Order::NorthEast)
    } else if is_north_east(second, first) {
        Some(Order::EastNorth)
    } else {
        None
    }
}

fn is_north_east(north: f64, east: f64) -> bool {
    let degrees = (3.0..=54.0).contains(&north) && (73.0..=136.0).contains(&east);
    let northing = (LEAST_NORTHING..6_000_000.0).contains(&north);
    let zoned = (LEAST_ZONED_EASTING..46_000_000.0).contains(&east);
    let plain = (100_000.0..900_000.0).contains(&east);
    // Web Mercator: 8 to 15 million east, more than any northing.
    let mercator = (300_000.0..7_300_000.0).contains(&north) && (8e6..15.2e6).contains(&east);
    degrees || northing && (zoned || plain) || mercator
}

/// What most of the pairs say.
pub(super) fn majority(pairs: impl Iterator<Item = (f64, f64)>) -> Option<Order> {
    let (mut north_first, mut east_first) = (0_usize, 0_usize);
    for (first, second) in pairs {
        match order_of(first, second) {
            Some(Order::NorthEast) => north_first += 1,
            Some(Order::EastNorth) => east_first += 1,
            None => {}
        }
    }
    match north_first.cmp(&east_first) {
        std::cmp::Ordering::Greater => Some(Order::NorthEast),
        std::cmp::Ordering::Less => Some(Order::EastNorth),
        std::cmp::Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_tells_metres_and_degrees_of_china_apart() {
        for (north, east) in [
            (3_271_981.5, 35_379_827.9),
            (3_271_981.5, 379_827.9),
            (3_271_981.5, 18_379_827.9),
            (29.56, 103.76),
            (3_447_000.0, 11_550_000.0),
        ] {
            assert_eq!(order_of(north, east), Some(Order::NorthEast));
            assert_eq!(order_of(east, north), Some(Order::EastNorth));
        }
        assert_eq!(order_of(1.0, 2.0), None);
        assert_eq!(order_of(f64::NAN, 103.0), None);
    }
}
