use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::contact::{URL_LIMIT, phone_number, web_address};
use super::faces::LatLng;
use super::hours::Hours;
use super::{Shop, locate, opening_times};
use crate::Result;
use crate::context::ContextExt;
use crate::input::{Length, Parsed, all, change, fault, id, idempotency, line, optional, text_change};
use crate::payload::{payload, payloads};
use crate::scalars::{PhoneNumber, Url};
use crate::user_error::{ErrorCode, Explain, UserError};

payloads! {
    /// What became of a shop.
    ShopPayload {
        /// The shop as it is now.
        shop: Shop,
    }
}

/// A shop as its owner describes it. On an edit, fields that may be left out stay as they are if they are, and null or an
/// empty text takes them away.
#[derive(InputObject)]
struct UpsertShopInput {
    /// The `id` of the `Shop` to edit; leave it out for a new one.
    id: Option<ID>,
    /// The `version` of the shop that the viewer has seen; it goes with `id`.
    version: Option<i32>,
    /// The name, as it is written on the door: one line of at most 100 characters. A new name replaces those in other languages, too.
    name: String,
    /// The `id` of a `Category`.
    category_id: ID,
    /// Where it is. The time zone and the country, whose holidays count, follow from that.
    location: LatLng,
    /// Street and number, in the order of the country: one line of at most 200 characters.
    address: String,
    /// The part of the city, of at most 100 characters.
    area: MaybeUndefined<String>,
    /// The city, town or village, of at most 100 characters.
    city: MaybeUndefined<String>,
    /// The code as it is written in the country, of at most 20 characters.
    postal_code: MaybeUndefined<String>,
    /// By the [specification of OpenStreetMap](https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification), such as
    /// `Mo-Fr 11:00-22:00; PH off`, of at most 255 characters.
    opening_hours: MaybeUndefined<String>,
    /// The number to call, of 3 to 17 digits, best in the international form: `+358 9 6128 5200`.
    phone: MaybeUndefined<PhoneNumber>,
    /// Its site on the web, with scheme `http` or `https`, of at most 500 characters.
    website: MaybeUndefined<Url>,
    /// What it cooks, in English, such as `pizza` or `chinese`: at most 10, each of at most 40 characters. They are put in lower case.
    cuisines: MaybeUndefined<Vec<String>>,
    /// For a new shop, a key of your own for this intent, such as a UUID: if you send the same input with it again within 24 hours,
    /// you get the same shop again instead of a second one.
    idempotency_key: Option<String>,
}

/// A parsed input.
enum Upsert {
    New(db::NewShop),
    Changes(db::ShopChanges),
}

const NAME: Length = Length::up_to(100, 255);
const STREET: Length = Length::up_to(200, 400);
const PLACE: Length = Length::up_to(100, 200);
const POSTAL_CODE: Length = Length::up_to(20, 40);
const HOURS: Length = Length::up_to(255, 255);
const PHONE: Length = Length::up_to(40, 40);
const WEBSITE: Length = Length::up_to(URL_LIMIT, URL_LIMIT);
const CUISINE: Length = Length::up_to(40, 80);
const MOST_CUISINES: usize = 10;

#[derive(Default)]
pub struct ShopMutation;

#[Object]
impl ShopMutation {
    /// Lists a new shop, which the viewer owns, or edits one that the viewer owns, unless it was edited since the viewer loaded it
    /// (`STALE_VERSION`). Only merchants may do so. It is found by searches at once.
    async fn upsert_shop(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The shop.")] input: UpsertShopInput,
    ) -> Result<ShopPayload> {
        payload(async {
            let upsert = input.parse(ctx.user()?)?;
            let mut conn = ctx.writer().await?;
            let written = match upsert {
                Upsert::New(shop) => shop
                    .insert(&mut conn, opening_times::from_now_on)
                    .await
                    .on_forbidden(UserError::without_field(ErrorCode::Forbidden, "only merchants may list shops"))
                    .on_missing("shop", "idempotencyKey"),
                Upsert::Changes(changes) => changes
                    .update(&mut conn, opening_times::from_now_on)
                    .await
                    .on_missing("shop", "id")
                    .on_forbidden(UserError::forbidden("id", "only its owner may edit a shop"))
                    .on_stale(),
            };
            let shop =
                written.on_constraint("shops_category_exists", UserError::not_found("categoryId", "category"))?;
            Ok(ShopPayload::new(Shop(shop)))
        })
        .await
    }
}

impl UpsertShopInput {
    fn parse(self, owner_id: db::UserId) -> Parsed<Upsert> {
        let (edited, idempotency, draft) = all((self.edited(), self.idempotency(), self.draft()))?;
        Ok(match edited {
            Some((id, version)) => Upsert::Changes(db::ShopChanges { id, version, owner_id, draft }),
            None => Upsert::New(db::NewShop { owner_id, draft, idempotency }),
        })
    }

    /// The shop to edit, and its version; none for a new one.
    fn edited(&self) -> Parsed<Option<(db::ShopId, i32)>> {
        let version = match (&self.id, self.version) {
            (Some(_), None) => {
                fault("version", "must be given to edit a shop: it is the version that the viewer has seen")
            }
            (None, Some(_)) => fault("version", "must be left out without `id`: a new shop has no version yet"),
            (_, version) => Ok(version),
        };
        let (id, version) = all((optional(self.id.as_ref(), |shop| id("id", shop)), version))?;
        Ok(id.zip(version))
    }

    fn idempotency(&self) -> Parsed<Option<db::Idempotency>> {
        if self.id.is_some() && self.idempotency_key.is_some() {
            return fault("idempotencyKey", "must be left out of an edit, which `version` keeps from being done twice");
        }
        idempotency(self.idempotency_key.as_deref(), "upsertShop", self)
    }

    fn draft(self) -> Parsed<db::ShopDraft> {
        let address = all((
            line("address", &self.address, STREET),
            text_change(self.area, |area| line("area", &area, PLACE)),
            text_change(self.city, |city| line("city", &city, PLACE)),
            text_change(self.postal_code, |code| line("postalCode", &code, POSTAL_CODE)),
        ));
        let details = all((
            text_change(self.opening_hours, opening_hours),
            text_change(self.phone.map_value(|PhoneNumber(written)| written), |written| phone(&written)),
            text_change(self.website.map_value(|Url(written)| written), |written| website(&written)),
            change(self.cuisines, cuisines),
        ));
        let (name, category_id, at, address, details) = all((
            line("name", &self.name, NAME),
            id("categoryId", &self.category_id),
            self.location.parse("location"),
            address,
            details,
        ))?;
        let (line, area, city, postal_code) = address;
        let (opening_hours, phone, website, cuisines) = details;
        Ok(db::ShopDraft {
            category_id,
            name,
            lat: at.lat,
            lng: at.lng,
            country_code: locate::country(at).map(str::to_owned),
            timezone: locate::timezone(at).to_owned(),
            address: db::AddressDraft { line, area, city, postal_code },
            phone,
            website,
            opening_hours,
            cuisines: cuisines.map(Option::unwrap_or_default),
        })
    }
}

fn opening_hours(written: String) -> Parsed<String> {
    let expression = line("openingHours", &written, HOURS)?;
    // Where the shop is matters to what the expression means, but not to whether it means anything.
    match Hours::parse(&expression, "UTC", None, 0.0, 0.0) {
        Ok(_) => Ok(expression),
        Err(reason) => fault("openingHours", reason),
    }
}

fn phone(written: &str) -> Parsed<String> {
    match phone_number(&line("phone", written, PHONE)?) {
        Some(number) => Ok(number),
        None => fault("phone", "is not a telephone number, such as +358 9 6128 5200"),
    }
}

fn website(written: &str) -> Parsed<String> {
    let written = line("website", written, WEBSITE)?;
    let is_absolute = ["http://", "https://"]
        .iter()
        .any(|scheme| written.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    match web_address(&written).filter(|_| is_absolute) {
        Some(address) => Ok(address),
        None => fault("website", "is not an address on the web, such as https://example.org/menu"),
    }
}

fn cuisines(written: Vec<String>) -> Parsed<Vec<String>> {
    if written.len() > MOST_CUISINES {
        return fault("cuisines", format!("must be at most {MOST_CUISINES}, but are {}", written.len()));
    }
    let (mut cuisines, mut faults) = (Vec::new(), Vec::new());
    for (index, word) in written.iter().enumerate() {
        match line(&format!("cuisines.{index}"), &word.replace('_', " ").to_lowercase(), CUISINE) {
            Ok(cuisine) if cuisines.contains(&cuisine) => {}
            Ok(cuisine) => cuisines.push(cuisine),
            Err(mut found) => faults.append(&mut found),
        }
    }
    if faults.is_empty() { Ok(cuisines) } else { Err(faults) }
}
