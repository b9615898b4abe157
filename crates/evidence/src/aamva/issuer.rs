//! Issuer identification numbers of the motor vehicle authorities, as AAMVA assigned them.

/// Numbers, jurisdictions and countries.
const ISSUERS: &str = "636000VAUS 636001NYUS 636002MAUS 636003MDUS 636004NCUS 636005SCUS 636006CTUS 636007LAUS 636008MTUS \
636009NMUS 636010FLUS 636011DEUS 636012ONCA 636013NSCA 636014CAUS 636015TXUS 636016NLCA 636017NBCA 636018IAUS 636019GUUS \
636020COUS 636021ARUS 636022KSUS 636023OHUS 636024VTUS 636025PAUS 636026AZUS 636027USUS 636028BCCA 636029ORUS 636030MOUS \
636031WIUS 636032MIUS 636033ALUS 636034NDUS 636035ILUS 636036NJUS 636037INUS 636038MNUS 636039NHUS 636040UTUS 636041MEUS \
636042SDUS 636043DCUS 636044SKCA 636045WAUS 636046KYUS 636047HIUS 636048MBCA 636049NVUS 636050IDUS 636051MSUS 636052RIUS \
636053TNUS 636054NEUS 636055GAUS 636058OKUS 636059AKUS 636060WYUS 636061WVUS 636062VIUS 604426PECA 604427ASUS 604428QCCA \
604429YTCA 604430MPUS 604431PRUS 604432ABCA 604433NUCA 604434NTCA";

/// Who issued a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Issuer {
    /// The state, province or territory; `US` for the Department of State.
    pub(super) jurisdiction: &'static str,
    /// `USA` or `CAN`.
    pub(super) country: &'static str,
}

impl Issuer {
    /// The issuer with this number.
    pub(super) fn find(number: &str) -> Option<Self> {
        let rest = ISSUERS
            .split(' ')
            .find_map(|word| word.strip_prefix(number))?;
        let (jurisdiction, country) = rest.split_at_checked(2)?;
        Some(Self {
            jurisdiction,
            country: if country == "CA" { "CAN" } else { "USA" },
        })
    }
}
