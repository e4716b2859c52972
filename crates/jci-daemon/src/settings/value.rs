//! Values as people write them.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use jiff::SignedDuration;

/// Reads a duration as Go writes it (`90s`, `1h30m`), or a number of days (`90d`).
pub fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "a duration such as 90s, 60m, 1h30m or 7d".to_owned();
    let text = text.trim();
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    if let Some(days) = days {
        return Ok(Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    }
    let parsed: SignedDuration = text.parse().map_err(|_| expected())?;
    Duration::try_from(parsed).map_err(|_| expected())
}

/// Reads a duration that is not zero.
pub fn some_time(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("longer than nothing".to_owned()),
        duration => Ok(duration),
    }
}

/// Reads a size: bytes, or `KiB`, `MiB`, `GiB`.
pub fn size(text: &str) -> Result<u64, String> {
    let expected = || "a size such as 500KiB, 256MiB or 2GiB".to_owned();
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(expected()),
    };
    digits.trim().parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).ok_or_else(expected)
}

/// Writes a size as [`size`] reads it.
#[must_use]
pub fn told_size(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let fits = |(shift, _): &&(u32, &str)| bytes != 0 && bytes.is_multiple_of(1 << *shift);
    match units.iter().find(fits) {
        Some((shift, unit)) => format!("{}{unit}", bytes >> shift),
        None => format!("{bytes}B"),
    }
}

/// Writes a duration as [`duration`] reads it.
#[must_use]
pub fn told_duration(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole == 0 {
        return format!("{}ms", duration.as_millis());
    }
    let parts = [(whole / 3600, "h"), (whole / 60 % 60, "m"), (whole % 60, "s")];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    parts.map(|(number, unit)| format!("{number}{unit}")).collect()
}

/// Reads a number.
pub fn number(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| "a number".to_owned())
}

/// Reads a number that is not zero.
pub fn some(text: &str) -> Result<u32, String> {
    number(text).ok().filter(|number| *number > 0).ok_or_else(|| "a number from 1 on".to_owned())
}

/// Reads `true` or `false`.
pub fn truth(text: &str) -> Result<bool, String> {
    text.trim().parse().map_err(|_| "true or false".to_owned())
}

/// Reads an address to listen on; without an IP address it is all of the machine.
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    if let Some(port) = text.strip_prefix(':') {
        let port = port.parse().map_err(|_| "a port behind the colon".to_owned())?;
        return Ok(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port));
    }
    text.parse().map_err(|_| "<ip>:<port> or :<port>, such as 127.0.0.1:8080".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go_and_days() {
        let seconds = |text| duration(text).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("60m"), Ok(3600.0));
        assert_eq!(seconds("1h30m10s"), Ok(5410.0));
        assert_eq!(seconds("1500ms"), Ok(1.5));
        assert_eq!(seconds("1.5h"), Ok(5400.0));
        assert_eq!(seconds("90d"), Ok(7_776_000.0));
        for wrong in ["", "60", "-5m", "m", "1x", "d"] {
            duration(wrong).unwrap_err();
        }
        some_time("0s").unwrap_err();
    }

    #[test]
    fn sizes_have_units_of_two() {
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("256MiB"), Ok(256 * 1024 * 1024));
        for wrong in ["", "MiB", "1MB", "99999999999GiB", "-1"] {
            size(wrong).unwrap_err();
        }
    }

    #[test]
    fn what_is_told_can_be_read_again() {
        let sizes = [0, 1, 1023, 1 << 10, 3 << 20, (1 << 30) + 1, 4 << 30];
        assert!(sizes.iter().all(|bytes| size(&told_size(*bytes)) == Ok(*bytes)));
        assert_eq!(told_size(512 << 20), "512MiB");
        for (milliseconds, told) in [(250, "250ms"), (20_000, "20s"), (5_400_000, "1h30m")] {
            let time = Duration::from_millis(milliseconds);
            assert_eq!(told_duration(time), told);
            assert_eq!(duration(told), Ok(time));
        }
    }

    #[test]
    fn a_port_alone_is_all_addresses() {
        assert_eq!(listen(":8080").unwrap().to_string(), "[::]:8080");
        assert_eq!(listen("127.0.0.1:0").unwrap().to_string(), "127.0.0.1:0");
        for wrong in ["", "8080", "localhost:80", ":x"] {
            listen(wrong).unwrap_err();
        }
    }
}
