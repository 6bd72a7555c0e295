/// The value of a series, such as `up{job="api"}`; zero if there is none.
pub fn metric(metrics: &str, series: &str) -> f64 {
    let value = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map_or(0.0, |value| value.split(' ').next().and_then(|value| value.parse().ok()).expect("a number"))
}
