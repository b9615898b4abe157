//! Fetching a file: a conditional request, followed through redirects, read up to a bound.
//!
//! Publishers keep their files behind redirects to storage, so they are followed, a few, and each step is judged like the
//! first: `https`, a public address, and never from outside to this machine, since that is what a forged redirect is for.

use std::time::Duration;

use bonafide_model::Timestamp;
use reqwest::Url;
use reqwest::header::{
    ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};

use super::{HttpError, HttpSender, http_date, why};

/// Redirects that are followed: publishers use one or two.
pub(super) const REDIRECTS_MAX: usize = 5;
/// Until a file is there: a hundred megabytes at two megabits a second.
const FILE_MAX: Duration = Duration::from_secs(400);
/// Bytes that are made room for before any arrive, whatever the other side says.
const ROOM_BYTES: usize = 1024 * 1024;
/// Characters of a header that are kept: as many as an address may have; a longer validator is not sent back.
const HEADER_MAX_CHARS: usize = crate::target::URL_MAX_CHARS;

/// What to fetch.
#[derive(Debug, Clone, Copy)]
pub struct Fetch<'a> {
    /// Where it is.
    pub url: &'a str,
    /// The `ETag` of the version that is there already.
    pub etag: Option<&'a str>,
    /// The `Last-Modified` of the version that is there already.
    pub last_modified: Option<&'a str>,
    /// Most bytes that are read.
    pub max_bytes: usize,
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The status of the last answer: 200 with a body, 304 where the version that is there is still the newest, others
    /// where there is no file.
    pub status: u16,
    /// Which version it is, by the server's word.
    pub etag: Option<String>,
    /// When it last changed, in the server's words.
    pub last_modified: Option<String>,
    /// The same as an instant, where the words are one.
    pub modified_at: Option<Timestamp>,
    /// The file; empty for any status but 200.
    pub body: Vec<u8>,
}

impl HttpSender {
    /// Fetches a file.
    ///
    /// # Errors
    /// If there is no answer, it is longer than asked for, or it leads somewhere that nothing may be fetched from.
    pub async fn get(&self, fetch: Fetch<'_>) -> Result<Fetched, HttpError> {
        let mut url = self.targets.check(fetch.url)?;
        for _ in 0..=REDIRECTS_MAX {
            let request = self
                .client
                .get(url.clone())
                .headers(conditions(&fetch))
                .timeout(FILE_MAX);
            let mut response = request.send().await.map_err(|e| why(&e))?;
            let status = response.status().as_u16();
            if matches!(status, 301 | 302 | 303 | 307 | 308) {
                url = self.next(&url, response.headers())?;
                continue;
            }
            let header = |name| text(response.headers().get(name)?);
            let last_modified = header(LAST_MODIFIED);
            let mut fetched = Fetched {
                status,
                etag: header(ETAG),
                modified_at: last_modified.as_deref().and_then(http_date),
                last_modified,
                body: Vec::new(),
            };
            if status != 200 {
                return Ok(fetched);
            }
            let too_long = HttpError::TooLong(fetch.max_bytes);
            let said = response.content_length().unwrap_or(0);
            if said > fetch.max_bytes as u64 {
                return Err(too_long);
            }
            fetched
                .body
                .reserve(usize::try_from(said).unwrap_or(0).min(ROOM_BYTES));
            while let Some(chunk) = response.chunk().await.map_err(|e| why(&e))? {
                if fetched.body.len() + chunk.len() > fetch.max_bytes {
                    return Err(too_long);
                }
                fetched.body.extend_from_slice(&chunk);
            }
            return Ok(fetched);
        }
        Err(HttpError::Redirects)
    }

    /// Where a redirect leads.
    fn next(&self, from: &Url, headers: &HeaderMap) -> Result<Url, HttpError> {
        let location = headers.get(LOCATION).and_then(text);
        let to = from
            .join(&location.unwrap_or_default())
            .map_err(|_| HttpError::Broken)?;
        Ok(self.targets.check_redirect(from, to.as_str())?)
    }
}

fn conditions(fetch: &Fetch<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (IF_NONE_MATCH, fetch.etag),
        (IF_MODIFIED_SINCE, fetch.last_modified),
    ] {
        if let Some(value) = value.and_then(|v| HeaderValue::from_str(v).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

fn text(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    let fits = !text.is_empty() && text.len() <= HEADER_MAX_CHARS;
    fits.then(|| text.to_owned())
}
