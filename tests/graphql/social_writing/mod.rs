//! Likes, follows, one's profile, and what one has read.

mod following;
mod liking;
mod profile;
mod reading;
