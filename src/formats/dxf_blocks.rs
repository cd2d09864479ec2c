//! Blocks of a DXF drawing: entities drawn once and inserted in many places, moved, scaled and turned.
//!
//! Nesting and the number of copies are bounded: a few lines of text can ask for billions. Must not know what
//! an entity looks like.

use std::collections::HashMap;

use geo::Coord;

use super::dxf_entity::{self, Entity, Refused};

/// Blocks within blocks.
const MAX_DEPTH: usize = 16;

/// Entities that the inserts of one drawing come to.
const MAX_COPIES: usize = 200_000;

/// A block's own origin and what is drawn in it.
#[derive(Debug, Default)]
pub(super) struct Block<'g, 't> {
    pub(super) base: Coord<f64>,
    pub(super) entities: Vec<Entity<'g, 't>>,
}

/// By name, in capitals: programs are careless about them.
pub(super) type Blocks<'g, 't> = HashMap<String, Block<'g, 't>>;

pub(super) fn key(name: &str) -> String {
    name.trim().to_uppercase()
}

/// x' = a x + b y + e, y' = c x + d y + f.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placing {
    pub(super) linear: [f64; 4],
    pub(super) shift: Coord<f64>,
    pub(super) lift_m: f64,
}

impl Placing {
    pub(super) fn apply(&self, at: Coord<f64>) -> Coord<f64> {
        let [a, b, c, d] = self.linear;
        Coord {
            x: a * at.x + b * at.y + self.shift.x,
            y: c * at.x + d * at.y + self.shift.y,
        }
    }

    /// First `inner`, then this.
    fn after(&self, inner: &Self) -> Self {
        // Each column of the inner one is a direction, and turned as such.
        let turned = |x: f64, y: f64| {
            let [a, b, c, d] = self.linear;
            [a * x + b * y, c * x + d * y]
        };
        let [a, b, c, d] = inner.linear;
        let ([east_x, east_y], [north_x, north_y]) = (turned(a, c), turned(b, d));
        Self {
            linear: [east_x, north_x, east_y, north_y],
            shift: self.apply(inner.shift),
            lift_m: self.lift_m + inner.lift_m,
        }
    }
}

/// An entity of a block where an insert puts it.
pub(super) struct Copy<'e, 'g, 't> {
    pub(super) entity: &'e Entity<'g, 't>,
    pub(super) placing: Placing,
}

/// What could not be drawn.
#[derive(Debug, Default)]
pub(super) struct Unfolding {
    copies: usize,
    pub(super) missing: usize,
    pub(super) too_many: bool,
}

impl Unfolding {
    /// All that an insert draws, those within its block too.
    pub(super) fn unfold<'e, 'g, 't>(
        &mut self,
        insert: &Entity<'g, 't>,
        blocks: &'e Blocks<'g, 't>,
    ) -> Result<Vec<Copy<'e, 'g, 't>>, Refused> {
        let mut copies = Vec::new();
        self.add(insert, blocks, None, 0, &mut copies)?;
        Ok(copies)
    }

    fn add<'e, 'g, 't>(
        &mut self,
        insert: &Entity<'g, 't>,
        blocks: &'e Blocks<'g, 't>,
        outer: Option<&Placing>,
        depth: usize,
        copies: &mut Vec<Copy<'e, 'g, 't>>,
    ) -> Result<(), Refused> {
        let Some(block) = blocks.get(&key(insert.text(2).unwrap_or_default())) else {
            self.missing += 1;
            return Ok(());
        };
        if depth == MAX_DEPTH {
            self.too_many = true;
            return Ok(());
        }
        for placing in placings(insert, block.base)? {
            let placing = outer.map_or(placing, |outer| outer.after(&placing));
            for entity in &block.entities {
                if self.copies == MAX_COPIES {
                    self.too_many = true;
                    return Ok(());
                }
                self.copies += 1;
                if entity.kind == "INSERT" {
                    self.add(entity, blocks, Some(&placing), depth + 1, copies)?;
                } else {
                    copies.push(Copy { entity, placing });
                }
            }
        }
        Ok(())
    }
}

/// One, or those of a table of rows and columns.
fn placings(insert: &Entity<'_, '_>, base: Coord<f64>) -> Result<Vec<Placing>, Refused> {
    let number =
        |code: i32, missing: f64| Ok::<f64, Refused>(insert.number(code)?.unwrap_or(missing));
    let at = dxf_entity::place(insert, 10)?;
    let (scale_x, scale_y) = (number(41, 1.0)?, number(42, 1.0)?);
    let (sin, cos) = number(50, 0.0)?.to_radians().sin_cos();
    let linear = [cos * scale_x, -sin * scale_y, sin * scale_x, cos * scale_y];
    let lift_m = number(30, 0.0)?;
    let (columns, rows) = (number(70, 1.0)?.max(1.0), number(71, 1.0)?.max(1.0));
    let (column_m, row_m) = (number(44, 0.0)?, number(45, 0.0)?);
    let mut placings = Vec::new();
    let mut row = 0.0;
    while row < rows && placings.len() < MAX_COPIES {
        let mut column = 0.0;
        while column < columns && placings.len() < MAX_COPIES {
            let (east, north) = (column * column_m, row * row_m);
            let unmoved = Placing {
                linear,
                shift: Coord {
                    x: at.x + cos * east - sin * north,
                    y: at.y + sin * east + cos * north,
                },
                lift_m,
            };
            let from_base = Coord {
                x: -base.x,
                y: -base.y,
            };
            placings.push(Placing {
                shift: unmoved.apply(from_base),
                ..unmoved
            });
            column += 1.0;
        }
        row += 1.0;
    }
    Ok(placings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placings_follow_each_other_from_the_inside_out() {
        let quarter_turn = Placing {
            linear: [0.0, -1.0, 1.0, 0.0],
            shift: Coord { x: 10.0, y: 0.0 },
            lift_m: 1.0,
        };
        let double = Placing {
            linear: [2.0, 0.0, 0.0, 2.0],
            shift: Coord { x: 1.0, y: 0.0 },
            lift_m: 2.0,
        };
        let at = Coord { x: 1.0, y: 1.0 };
        let both = quarter_turn.after(&double);
        assert_eq!(both.apply(at), quarter_turn.apply(double.apply(at)));
        assert_eq!(both.apply(at), Coord { x: 8.0, y: 3.0 });
    }
}
