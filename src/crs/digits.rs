//! Long numbers as maps print them. Knows no unit.

/// A whole number in groups of three.
pub fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    if number < 0.0 {
        format!("−{text}")
    } else {
        text
    }
}
