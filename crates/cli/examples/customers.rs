//! Writes invented clients as a WHMCS export, the same for the same seed: `customers COUNT SEED > clients.csv`.
//!
//! Realistic where it costs: names of two to four parts, a quarter organisations with a contact, addresses, telephones in
//! national and international form, one row in a hundred with an address that another has, one in two hundred with a mistake.

use std::io::{BufWriter, Write};

const GIVEN: [&str; 24] = [
    "Amina",
    "Jonas",
    "Maria",
    "Wei",
    "Priya",
    "Lukas",
    "Elif",
    "Tom\u{e1}s",
    "Chloe",
    "Yusuf",
    "Ingrid",
    "Mateo",
    "Hana",
    "Olu",
    "Sofia",
    "Ravi",
    "Nadia",
    "Pavel",
    "Aoife",
    "Kenji",
    "Lucia",
    "Omar",
    "Greta",
    "Andr\u{e9}",
];
const FAMILY: [&str; 24] = [
    "Okafor",
    "Lindqvist",
    "Silva",
    "Chen",
    "Raman",
    "Weber",
    "Kaya",
    "Nov\u{e1}k",
    "Martin",
    "Demir",
    "Berg",
    "Garc\u{ed}a",
    "Sato",
    "Adeyemi",
    "Rossi",
    "Patel",
    "Haddad",
    "Ivanov",
    "Byrne",
    "Tanaka",
    "Fern\u{e1}ndez",
    "Farouk",
    "Vogel",
    "de la Cruz",
];
const TRADE: [&str; 8] = [
    "Data",
    "Cloud",
    "Media",
    "Systems",
    "Hosting",
    "Labs",
    "Logistics",
    "Studio",
];
/// Country, city, postal code, calling code, form of organisation.
const PLACES: [(&str, &str, &str, &str, &str); 10] = [
    ("DE", "Jena", "07743", "+49", "GmbH"),
    ("US", "Dayton", "45402", "+1", "LLC"),
    ("NG", "Lagos", "101241", "+234", "Ltd"),
    ("SE", "Uppsala", "75331", "+46", "AB"),
    ("IN", "Bengaluru", "560001", "+91", "Pvt Ltd"),
    ("PT", "Porto", "4050-262", "+351", "Lda"),
    ("SG", "Singapore", "238888", "+65", "Pte Ltd"),
    ("FR", "Lyon", "69002", "+33", "SARL"),
    ("BR", "Recife", "50010-000", "+55", "Ltda"),
    ("GB", "Leeds", "LS10 1JF", "+44", "Ltd"),
];

/// SplitMix64: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = z ^ (z >> 31);
        usize::try_from(z % below.max(1) as u64).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(self.next(of.len())).copied()
    }
}

fn line(n: usize, chance: &mut Chance) -> Option<String> {
    let (given, family) = (chance.pick(&GIVEN)?, chance.pick(&FAMILY)?);
    let (country, city, postcode, code, form) = chance.pick(&PLACES)?;
    let company = match chance.next(4) {
        0 => format!("{family} {} {form}", chance.pick(&TRADE)?),
        _ => String::new(),
    };
    let of = if n > 100 && chance.next(100) == 0 {
        chance.next(n)
    } else {
        n
    };
    let email = match chance.next(200) {
        0 => format!("client{n}(at)example.org"),
        _ => format!("client{of}@mail{}.example.org", of % 97),
    };
    let phone = match chance.next(3) {
        0 => format!("{code}.{:09}", 100_000_000 + n % 899_999_999),
        1 => format!("0{:09}", 100_000_000 + n % 899_999_999),
        _ => String::new(),
    };
    let (year, month, day) = (
        2010 + chance.next(16),
        1 + chance.next(12),
        1 + chance.next(28),
    );
    let (seen, hour) = (1 + chance.next(10), chance.next(24));
    let status = ["Active", "Active", "Active", "Inactive", "Closed"];
    let token = if chance.next(2) == 0 {
        format!("cus_{n:010x}")
    } else {
        String::new()
    };
    Some(format!(
        "{n},{given},{family},{company},{email},{} {family} Street,,{city},,{postcode},{country},{phone},,1,\
         {year}-{month:02}-{day:02},,2026-{seen:02}-{day:02} {hour:02}:14:55,203.0.113.{},{},{token}",
        1 + chance.next(200),
        chance.next(255),
        chance.pick(&status)?,
    ))
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<u64>().ok());
    let (Some(Some(count)), Some(Some(seed))) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: customers COUNT SEED");
        std::process::exit(2);
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    writeln!(
        out,
        "id,firstname,lastname,companyname,email,address1,address2,city,state,postcode,country,phonenumber,tax_id,currency,\
         datecreated,notes,lastlogin,ip,status,gatewayid"
    )?;
    let mut chance = Chance(seed);
    for n in 1..=usize::try_from(count).unwrap_or(usize::MAX) {
        if let Some(line) = line(n, &mut chance) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()
}
