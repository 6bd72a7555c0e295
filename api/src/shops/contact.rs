//! Phone numbers and web addresses, as anyone may have written them.

pub(crate) const URL_LIMIT: usize = 500;

/// `+358 9 123456` if it is international, else as written; none if nobody could dial it.
pub(crate) fn phone_number(written: &str) -> Option<String> {
    let written = written.trim();
    let plain = written.chars().all(|char| char.is_ascii_digit() || " +-()./".contains(char));
    let digits = written.chars().filter(char::is_ascii_digit).count();
    if !plain || !has_sound_brackets(written) || !(3..=17).contains(&digits) {
        return None;
    }
    let international = written.strip_prefix('+').or_else(|| written.strip_prefix("00"));
    let Some(number) = international.filter(|_| digits >= 7) else {
        return Some(written.to_owned());
    };
    // The zero in `+358 (0)9 …` is dialled within the country only.
    let number = number.replace("(0)", " ");
    let groups: Vec<&str> = number.split(|char: char| !char.is_ascii_digit()).filter(|it| !it.is_empty()).collect();
    Some(format!("+{}", groups.join(" ")))
}

/// Whether each bracket that opens is closed behind some digits.
fn has_sound_brackets(written: &str) -> bool {
    let mut parts = written.split('(');
    let is_filled = |part: &str| {
        part.split_once(')').is_some_and(|(inside, behind)| {
            inside.contains(|char: char| char.is_ascii_digit()) && !behind.contains(')')
        })
    };
    parts.next().is_some_and(|before| !before.contains(')')) && parts.all(is_filled)
}

/// `http` or `https`, a host with a dot, no credentials, nothing that would end an HTML attribute.
pub(crate) fn web_address(written: &str) -> Option<String> {
    let (scheme, rest) = match written.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
        Some((before, _)) if !before.contains(['/', '?', '#']) => return None,
        _ => ("https", written),
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let labels_are_sound = host.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.chars().all(|char| char.is_alphanumeric() || char == '-' || char == '_')
    });
    let is_sound = host.contains('.')
        && labels_are_sound
        && port.parse::<u16>().is_ok()
        && !rest.contains(|char: char| char.is_whitespace() || char.is_control() || "\"<>\\^`{|}".contains(char))
        && rest.chars().count() <= URL_LIMIT;
    is_sound.then(|| format!("{scheme}://{rest}"))
}
