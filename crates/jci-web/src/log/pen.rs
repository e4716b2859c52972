//! How text looks: the state that SGR sequences change.

use jci_proto::Style;

const BOLD: u16 = 1;
const DIM: u16 = 1 << 1;
const ITALIC: u16 = 1 << 2;
const UNDERLINE: u16 = 1 << 3;
const STRIKE: u16 = 1 << 4;
const INVERSE: u16 = 1 << 5;
const HIDDEN: u16 = 1 << 6;
/// Not of SGR: the text stands for bytes that are not UTF-8.
const INVALID: u16 = 1 << 7;

const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// A colour, as small as it can be: there is one for each character of a screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Color {
    #[default]
    Plain,
    /// One of the sixteen that the one who looks on chooses.
    Named(u8),
    Rgb(u8, u8, u8),
}

/// How the next text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pen {
    fg: Color,
    bg: Color,
    attributes: u16,
}

impl Pen {
    /// How many bytes it is kept in.
    pub(super) const BYTES: usize = 10;

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&self.fg.to_bytes());
        bytes[4..8].copy_from_slice(&self.bg.to_bytes());
        bytes[8..].copy_from_slice(&self.attributes.to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let [fg @ .., b0, b1, b2, b3, low, high] = bytes;
        Self {
            fg: Color::from_bytes(fg),
            bg: Color::from_bytes([b0, b1, b2, b3]),
            attributes: u16::from_le_bytes([low, high]),
        }
    }

    /// Returns the same, for bytes that are not UTF-8.
    pub(super) fn for_invalid(self) -> Self {
        Self { attributes: self.attributes | INVALID, ..self }
    }

    pub(super) fn is_for_invalid(self) -> bool {
        self.attributes & INVALID != 0
    }

    /// Heeds one SGR sequence. A parameter comes with those after it that colons bind to it.
    pub(super) fn select<'p>(&mut self, mut parameters: impl Iterator<Item = &'p [u16]>) {
        while let Some(parameter) = parameters.next() {
            match parameter {
                [38, ..] => set(&mut self.fg, color(parameter, &mut parameters)),
                [48, ..] => set(&mut self.bg, color(parameter, &mut parameters)),
                // The colour of an underline is not shown, yet what follows is part of it.
                [58, ..] => drop(color(parameter, &mut parameters)),
                [4, 0, ..] => self.attributes &= !UNDERLINE,
                [number, ..] => self.select_one(*number),
                [] => {}
            }
        }
    }

    fn select_one(&mut self, number: u16) {
        match number {
            0 => *self = Self::default(),
            1 => self.attributes |= BOLD,
            2 => self.attributes |= DIM,
            3 => self.attributes |= ITALIC,
            4 | 21 => self.attributes |= UNDERLINE,
            7 => self.attributes |= INVERSE,
            8 => self.attributes |= HIDDEN,
            9 => self.attributes |= STRIKE,
            22 => self.attributes &= !(BOLD | DIM),
            23 => self.attributes &= !ITALIC,
            24 => self.attributes &= !UNDERLINE,
            27 => self.attributes &= !INVERSE,
            28 => self.attributes &= !HIDDEN,
            29 => self.attributes &= !STRIKE,
            30..=37 => self.fg = Color::Named((number - 30) as u8),
            39 => self.fg = Color::Plain,
            40..=47 => self.bg = Color::Named((number - 40) as u8),
            49 => self.bg = Color::Plain,
            90..=97 => self.fg = Color::Named((number - 90 + 8) as u8),
            100..=107 => self.bg = Color::Named((number - 100 + 8) as u8),
            _ => {}
        }
    }

    /// Says the same in words.
    pub(super) fn style(self) -> Style {
        let has = |attribute: u16| self.attributes & attribute != 0;
        Style {
            fg: self.fg.word(),
            bg: self.bg.word(),
            bold: has(BOLD),
            dim: has(DIM),
            italic: has(ITALIC),
            underline: has(UNDERLINE),
            strike: has(STRIKE),
            inverse: has(INVERSE),
            hidden: has(HIDDEN),
        }
    }
}

impl Color {
    fn to_bytes(self) -> [u8; 4] {
        match self {
            Self::Plain => [0; 4],
            Self::Named(number) => [1, number, 0, 0],
            Self::Rgb(red, green, blue) => [2, red, green, blue],
        }
    }

    fn from_bytes(bytes: [u8; 4]) -> Self {
        match bytes {
            [1, number, ..] => Self::Named(number),
            [2, red, green, blue] => Self::Rgb(red, green, blue),
            _ => Self::Plain,
        }
    }

    fn word(self) -> Option<String> {
        match self {
            Self::Plain => None,
            Self::Named(number) => Some(NAMES[usize::from(number % 16)].to_owned()),
            Self::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        }
    }

    /// The colour of a number below 256: the sixteen, a cube of six steps a side, and greys.
    fn numbered(number: u8) -> Self {
        let step = |index: u8| if index == 0 { 0 } else { 55 + 40 * index };
        match number {
            0..=15 => Self::Named(number),
            16..=231 => {
                let index = number - 16;
                Self::Rgb(step(index / 36), step(index / 6 % 6), step(index % 6))
            }
            232..=255 => {
                let grey = 8 + 10 * (number - 232);
                Self::Rgb(grey, grey, grey)
            }
        }
    }
}

fn set(color: &mut Color, wanted: Option<Color>) {
    if let Some(wanted) = wanted {
        *color = wanted;
    }
}

/// Reads what follows 38, 48 or 58, whether colons or semicolons part it.
fn color<'p>(parameter: &[u16], following: &mut impl Iterator<Item = &'p [u16]>) -> Option<Color> {
    let small = |number: u16| u8::try_from(number).ok();
    let rgb = |red, green, blue| Some(Color::Rgb(small(red)?, small(green)?, small(blue)?));
    match parameter {
        [_, 5, number, ..] => small(*number).map(Color::numbered),
        [_, 2, red, green, blue] => rgb(*red, *green, *blue),
        [_, 2, _space, red, green, blue, ..] => rgb(*red, *green, *blue),
        [_] => {
            let mut next = || following.next().and_then(|values| values.first().copied());
            match next()? {
                5 => small(next()?).map(Color::numbered),
                2 => rgb(next()?, next()?, next()?),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style_of(parameters: &[&[u16]]) -> String {
        let mut pen = Pen::default();
        pen.select(parameters.iter().copied());
        let style = pen.style();
        let mut words = Vec::new();
        words.extend(style.fg.map(|color| format!("fg {color}")));
        words.extend(style.bg.map(|color| format!("bg {color}")));
        let attributes = [
            (style.bold, "bold"),
            (style.dim, "dim"),
            (style.italic, "italic"),
            (style.underline, "underline"),
            (style.strike, "strike"),
            (style.inverse, "inverse"),
            (style.hidden, "hidden"),
        ];
        words.extend(attributes.iter().filter(|(set, _)| *set).map(|(_, name)| (*name).to_owned()));
        words.join(", ")
    }

    #[test]
    fn colours_and_attributes_are_read_in_all_their_spellings() {
        let cases: &[(&[&[u16]], &str)] = &[
            (&[&[31]], "fg red"),
            (&[&[1], &[97], &[44]], "fg bright-white, bg blue, bold"),
            (&[&[38], &[5], &[9]], "fg bright-red"),
            (&[&[38], &[5], &[208], &[1]], "fg #ff8700, bold"),
            (&[&[48], &[5], &[244]], "bg #808080"),
            (&[&[38], &[2], &[1], &[2], &[255]], "fg #0102ff"),
            (&[&[38, 2, 1, 2, 3]], "fg #010203"),
            (&[&[38, 2, 0, 1, 2, 3]], "fg #010203"),
            (&[&[38, 5, 2], &[3]], "fg green, italic"),
            (&[&[58], &[5], &[1], &[4]], "underline"),
            (&[&[4, 3]], "underline"),
            (&[&[4], &[4, 0]], ""),
            (&[&[1], &[2], &[22], &[7], &[8], &[9]], "strike, inverse, hidden"),
            (&[&[31], &[41], &[39], &[49]], ""),
            (&[&[31], &[1], &[0]], ""),
            (&[&[38], &[5], &[256], &[1]], "bold"),
            (&[&[38], &[2], &[1]], ""),
            (&[&[38]], ""),
            (&[&[5], &[75], &[65535]], ""),
        ];
        for (parameters, expected) in cases {
            assert_eq!(style_of(parameters), *expected, "{parameters:?}");
        }
    }
}
