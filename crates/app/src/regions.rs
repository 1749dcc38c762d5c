//! The regions that are offered by name. Any other well-formed region is taken too: AWS adds some each year.

use crate::problem::{Code, Problem};

/// Region and place, most used partition first, then by id.
pub const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "Cape Town"),
    ("ap-east-1", "Hong Kong"),
    ("ap-east-2", "Taipei"),
    ("ap-northeast-1", "Tokyo"),
    ("ap-northeast-2", "Seoul"),
    ("ap-northeast-3", "Osaka"),
    ("ap-south-1", "Mumbai"),
    ("ap-south-2", "Hyderabad"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "Sydney"),
    ("ap-southeast-3", "Jakarta"),
    ("ap-southeast-4", "Melbourne"),
    ("ap-southeast-5", "Malaysia"),
    ("ap-southeast-6", "New Zealand"),
    ("ap-southeast-7", "Thailand"),
    ("ca-central-1", "Canada, Central"),
    ("ca-west-1", "Calgary"),
    ("eu-central-1", "Frankfurt"),
    ("eu-central-2", "Zurich"),
    ("eu-north-1", "Stockholm"),
    ("eu-south-1", "Milan"),
    ("eu-south-2", "Spain"),
    ("eu-west-1", "Ireland"),
    ("eu-west-2", "London"),
    ("eu-west-3", "Paris"),
    ("il-central-1", "Tel Aviv"),
    ("me-central-1", "UAE"),
    ("me-south-1", "Bahrain"),
    ("mx-central-1", "Mexico"),
    ("sa-east-1", "São Paulo"),
    ("us-east-1", "N. Virginia"),
    ("us-east-2", "Ohio"),
    ("us-west-1", "N. California"),
    ("us-west-2", "Oregon"),
    ("us-gov-east-1", "GovCloud, US East"),
    ("us-gov-west-1", "GovCloud, US West"),
    ("cn-north-1", "Beijing"),
    ("cn-northwest-1", "Ningxia"),
];

pub const DEFAULT_REGION: &str = "us-east-1";

pub(crate) fn is_known(region: &str) -> bool {
    REGIONS.iter().any(|(known, _)| *known == region)
}

/// The known region that is written most alike.
pub(crate) fn nearest(region: &str) -> String {
    let alike = |known: &str| similar::TextDiff::from_chars(known, region).ratio();
    REGIONS
        .iter()
        .map(|(known, _)| *known)
        .max_by(|one, other| alike(one).total_cmp(&alike(other)))
        .unwrap_or(DEFAULT_REGION)
        .to_owned()
}

/// Takes any region of AWS's form, `aa-word-1`, and the free-form words that other servers use ("garage", "local").
pub fn check_region(region: &str) -> Result<(), Problem> {
    let form = !region.is_empty()
        && region.len() <= 40
        && region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-');
    if form {
        return Ok(());
    }
    Err(Problem::new(
        Code::RegionForm,
        if region.is_empty() {
            "The region is empty.".to_owned()
        } else {
            format!("{region:?} is not a region.")
        },
        "A region is written like eu-west-1: lower case, with hyphens. Choose one from the list.",
    ))
}
