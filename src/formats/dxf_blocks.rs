//! Blocks of a DXF drawing: entities drawn once and inserted in many places, moved, scaled and turned.
//!
//! Nesting and the number of copies are bounded: a few lines of text can ask for billions. Must not know what
//! an entity looks like.

use std::collections::HashMap;

use geo::Coord;

use super::dxf_entity::{self, Entity, Refused};
use super::limits::MAX_LEVELS;

/// How much text the inserts of one drawing may come to, were each entity written where it is inserted: so
/// much in any drawing, and so many times the drawing's own length.
const COPIED_FREE: usize = 2 << 20;
const COPIED_PER_BYTE: usize = 6;

/// An entity counts at least so much.
const LEAST_COPIED: usize = 200;

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
    /// Bytes of entities that may still be copied.
    left: usize,
    pub(super) missing: usize,
    pub(super) too_many: bool,
}

impl Unfolding {
    /// For a drawing of so many bytes.
    pub(super) fn of(length: usize) -> Self {
        Self {
            left: COPIED_FREE.saturating_add(length.saturating_mul(COPIED_PER_BYTE)),
            ..Self::default()
        }
    }

    /// All that an insert draws, those within its block too.
    pub(super) fn unfold<'e, 'g, 't>(
        &mut self,
        insert: &Entity<'g, 't>,
        blocks: &'e Blocks<'g, 't>,
    ) -> Result<Vec<Copy<'e, 'g, 't>>, Refused> {
        let mut copies = Vec::new();
        self.add(insert, blocks, None, &mut Vec::new(), &mut copies)?;
        Ok(copies)
    }

    fn add<'e, 'g, 't>(
        &mut self,
        insert: &Entity<'g, 't>,
        blocks: &'e Blocks<'g, 't>,
        outer: Option<&Placing>,
        open: &mut Vec<String>,
        copies: &mut Vec<Copy<'e, 'g, 't>>,
    ) -> Result<(), Refused> {
        let name = key(insert.text(2).unwrap_or_default());
        let Some(block) = blocks.get(&name) else {
            self.missing += 1;
            return Ok(());
        };
        // A block within itself draws nothing more.
        if open.len() == MAX_LEVELS || open.contains(&name) {
            self.too_many = true;
            return Ok(());
        }
        if block.entities.is_empty() {
            return Ok(());
        }
        open.push(name);
        let most = self.left / LEAST_COPIED + 1;
        for placing in placings(insert, block.base, most)? {
            let placing = outer.map_or(placing, |outer| outer.after(&placing));
            for entity in &block.entities {
                let Some(left) = self.left.checked_sub(entity.span.len().max(LEAST_COPIED)) else {
                    self.left = 0;
                    self.too_many = true;
                    return Ok(());
                };
                self.left = left;
                if entity.kind == "INSERT" {
                    self.add(entity, blocks, Some(&placing), open, copies)?;
                } else {
                    copies.push(Copy { entity, placing });
                }
            }
        }
        open.pop();
        Ok(())
    }
}

/// One, or those of a table of rows and columns, as far as they are wanted.
fn placings(
    insert: &Entity<'_, '_>,
    base: Coord<f64>,
    most: usize,
) -> Result<Vec<Placing>, Refused> {
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
    while row < rows && placings.len() < most {
        let mut column = 0.0;
        while column < columns && placings.len() < most {
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
