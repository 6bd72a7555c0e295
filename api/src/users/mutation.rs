use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{User, UserPayload};
use crate::Result;
use crate::context::ContextExt;
use crate::input::{Length, Parsed, all, fault, line, optional, prose, text_change};
use crate::payload::payload;

/// Changes of the viewer's profile. What is left out stays as it is.
#[derive(InputObject)]
struct UpdateProfileInput {
    /// The name to show, of one line and at most 30 characters. Everybody has one: null leaves it as it is.
    nickname: Option<String>,
    /// What the viewer says of themselves, of at most 300 characters; null or an empty text takes it away.
    bio: MaybeUndefined<String>,
    /// Where the viewer lives, in their own words of at most 50 characters; null or an empty text takes it away.
    city: MaybeUndefined<String>,
}

pub const NICKNAME: Length = Length::up_to(30, 240);
const BIO: Length = Length::up_to(300, 1_000);
const CITY: Length = Length::up_to(50, 100);

#[derive(Default)]
pub struct ProfileMutation;

#[Object]
impl ProfileMutation {
    /// Changes what everybody can see of the viewer. What is the same as before is no change.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to become of it.")] input: UpdateProfileInput,
    ) -> Result<UserPayload> {
        payload(async {
            let changes = input.parse(ctx.user()?)?;
            let user = changes.update(&mut *ctx.writer().await?).await?;
            Ok(UserPayload::new(User(user)))
        })
        .await
    }
}

impl UpdateProfileInput {
    fn parse(self, id: db::UserId) -> Parsed<db::ProfileChanges> {
        let (nickname, bio, city) = all((
            optional(self.nickname.as_deref(), |nickname| line("nickname", nickname, NICKNAME)),
            text_change(self.bio, |bio| prose("bio", &bio, BIO)),
            text_change(self.city, |city| line("city", &city, CITY)),
        ))?;
        if nickname.is_none() && bio.is_none() && city.is_none() {
            return fault("nickname", "or `bio` or `city` must be given: there is nothing to change");
        }
        Ok(db::ProfileChanges { id, nickname, bio, city })
    }
}
