//! What people call themselves.

use fake::Fake;
use fake::faker::name::raw::{FirstName, LastName};
use fake::locales::{DE_DE, EN, FR_FR, IT_IT, PT_BR, ZH_CN};
use rand::RngExt;

use super::chance::{Random, one_of};
use super::people::plain;
use super::words::Language;

pub(super) struct Name {
    pub(super) nickname: String,
    /// What a handle can be made of.
    pub(super) latin: String,
}

const FINNISH_FIRST: &[&str] = &[
    "Aino", "Eero", "Helmi", "Onni", "Venla", "Väinö", "Sofia", "Leo", "Aada", "Elias", "Lilja", "Oliver", "Iida",
    "Toivo", "Elsa", "Juho", "Kerttu", "Mikael", "Saana", "Antti", "Hanna", "Jussi", "Kaisa", "Lauri", "Maija", "Niko",
    "Oona", "Petri", "Riikka", "Sami", "Tuuli", "Ville", "Anni", "Heikki", "Inka", "Joonas", "Katri", "Mika", "Noora",
    "Pekka",
];
const FINNISH_LAST: &[&str] = &[
    "Virtanen",
    "Korhonen",
    "Mäkinen",
    "Nieminen",
    "Mäkelä",
    "Hämäläinen",
    "Laine",
    "Heikkinen",
    "Koskinen",
    "Järvinen",
    "Lehtonen",
    "Lehtinen",
    "Saarinen",
    "Salminen",
    "Heinonen",
    "Niemi",
    "Heikkilä",
    "Kinnunen",
    "Salonen",
    "Turunen",
    "Salo",
    "Laitinen",
    "Tuominen",
    "Rantanen",
    "Karjalainen",
    "Jokinen",
    "Mattila",
    "Savolainen",
    "Lahtinen",
    "Ahonen",
];

/// Beginnings and ends of Chinese nicknames, and what they make in a handle.
const CHINESE_ADJECTIVES: &[(&str, &str)] = &[
    ("爱吃的", "hungry"),
    ("早起的", "early"),
    ("散步的", "walking"),
    ("不加糖的", "nosugar"),
    ("贪睡的", "sleepy"),
    ("爱喝茶的", "tea"),
    ("北欧的", "nordic"),
    ("慢悠悠的", "slow"),
    ("周末的", "weekend"),
    ("吃不胖的", "lucky"),
    ("迷路的", "lost"),
    ("好奇的", "curious"),
    ("戴帽子的", "hat"),
    ("晒太阳的", "sunny"),
    ("路过的", "passing"),
];
const CHINESE_NOUNS: &[(&str, &str)] = &[
    ("猫", "mao"),
    ("小熊", "xiaoxiong"),
    ("橘子", "juzi"),
    ("土豆", "tudou"),
    ("汤圆", "tangyuan"),
    ("小鹿", "xiaolu"),
    ("团子", "tuanzi"),
    ("饺子", "jiaozi"),
    ("柠檬", "ningmeng"),
    ("企鹅", "qie"),
    ("松鼠", "songshu"),
    ("豆包", "doubao"),
    ("小鱼", "xiaoyu"),
    ("可可", "keke"),
    ("年糕", "niangao"),
    ("芒果", "mangguo"),
    ("西瓜", "xigua"),
    ("奶茶", "naicha"),
];
const CHINESE_HANDLES: &[&str] =
    &["xiaobai", "mimi", "tangtang", "lele", "anan", "beibei", "yaya", "dada", "momo", "xinxin"];

const EPITHETS: &[&str] =
    &["eats", "in town", "out and about", "on foot", "writes", "goes out", "again", "on a bike", "at noon"];

pub(super) fn draw(language: Language, random: &mut Random) -> Name {
    match language {
        Language::Chinese => chinese(random),
        Language::Finnish => latin(one_of(random, FINNISH_FIRST), one_of(random, FINNISH_LAST), random),
        Language::English => {
            let (first, last): (&str, &str) = match random.random_range(0..10) {
                0 => (FirstName(DE_DE).fake_with_rng(random), LastName(DE_DE).fake_with_rng(random)),
                1 => (FirstName(FR_FR).fake_with_rng(random), LastName(FR_FR).fake_with_rng(random)),
                2 => (FirstName(IT_IT).fake_with_rng(random), LastName(IT_IT).fake_with_rng(random)),
                3 => (FirstName(PT_BR).fake_with_rng(random), LastName(PT_BR).fake_with_rng(random)),
                // Those who live in Helsinki and write in English.
                4 => (one_of(random, FINNISH_FIRST), one_of(random, FINNISH_LAST)),
                _ => (FirstName(EN).fake_with_rng(random), LastName(EN).fake_with_rng(random)),
            };
            latin(first, last, random)
        }
    }
}

fn latin(first: &str, last: &str, random: &mut Random) -> Name {
    let initial = last.chars().next().unwrap_or('X');
    let nickname = match random.random_range(0..10) {
        0..5 => format!("{first} {last}"),
        5..8 => format!("{first} {initial}."),
        8 => first.to_owned(),
        _ => format!("{first} {}", one_of(random, EPITHETS)),
    };
    // Nobody's handle is empty, whatever their script.
    let latin = match plain(&nickname) {
        name if name.len() < 2 => "guest".to_owned(),
        name => name,
    };
    Name { nickname, latin }
}

fn chinese(random: &mut Random) -> Name {
    if random.random_bool(0.5) {
        let (first, last): (&str, &str) =
            (FirstName(ZH_CN).fake_with_rng(random), LastName(ZH_CN).fake_with_rng(random));
        let nickname = if random.random_bool(0.6) { format!("{last}{first}") } else { format!("小{}", first) };
        return Name { nickname, latin: one_of(random, CHINESE_HANDLES).to_owned() };
    }
    let (adjective, english) = CHINESE_ADJECTIVES[random.random_range(0..CHINESE_ADJECTIVES.len())];
    let (noun, pinyin) = CHINESE_NOUNS[random.random_range(0..CHINESE_NOUNS.len())];
    Name { nickname: format!("{adjective}{noun}"), latin: format!("{english}_{pinyin}") }
}
