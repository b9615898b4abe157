//! The codes of issuing states, organisations and nationalities of Doc 9303 part 3, section 5, and their codes of two
//! letters where ISO 3166-1 has one.
//!
//! Part A of that section is ISO 3166-1 alpha-3; the other parts add codes that only travel documents use. `D` stands for
//! Germany. `UTO`, the state of specimens, is not listed: no real document names it.

/// Codes of ISO 3166-1, alpha-3 and alpha-2 in one word, in alphabetical order.
const ISO: &str = "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT AZEAZ BDIBI BELBE \
BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT BVTBV BWABW \
CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY \
CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR \
FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU \
GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE \
JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT \
LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ \
MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ \
OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU \
RWARW SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK \
SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV \
TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA \
ZMBZM ZWEZW";

/// Codes that stand in travel documents only, in one word with the code of the country that they stand for, if one:
/// British nationalities; Kosovo; the European Union; the United Nations, its agencies and its mission in
/// Kosovo; African Development Bank, Caribbean Community, Council of Europe, COMESA, SADC, ECOWAS, OECS, Afreximbank,
/// Parliamentary Assembly of the Mediterranean, Order of Malta, Interpol; stateless persons, refugees of the 1951
/// convention, other refugees, and those of no known nationality.
const TRAVEL: &str = "GBDGB GBNGB GBOGB GBPGB GBSGB RKSXK EUE UNA UNK UNO \
XBA XCC XCE XCO XDC XEC XES XIM XMP XOM XPO XXA XXB XXC XXX";

/// The two-letter code of a code that travel documents use, without fillers: `Some(None)` for one that is no country's,
/// `None` for one that is not listed.
fn find(code: &str) -> Option<Option<&'static str>> {
    let among = |table: &'static str, letters: usize| {
        let mut words = table.split(' ');
        words.find_map(|word| {
            let (found, country) = word.split_at_checked(letters)?;
            (found == code).then_some(country)
        })
    };
    let found = match code.len() {
        1 => return (code == "D").then_some(Some("DE")),
        3 => among(ISO, 3).or_else(|| among(TRAVEL, 3))?,
        _ => return None,
    };
    Some(Some(found).filter(|country| !country.is_empty()))
}

/// Whether a code, without fillers, is listed.
#[must_use]
pub fn is_listed(code: &str) -> bool {
    find(code).is_some()
}

/// The two-letter code of the country that a code stands for, without fillers.
#[must_use]
pub fn iso_alpha2(code: &str) -> Option<&'static str> {
    find(code).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_a_country_of_the_model() {
        let mut count = 0;
        for word in ISO.split(' ') {
            count += 1;
            let (code, country) = word.split_at_checked(3).unwrap();
            assert!(bonafide_model::country::is_known(country), "{word}");
            assert_eq!(iso_alpha2(code), Some(country));
        }
        assert_eq!(count, 249);
    }

    #[test]
    fn codes_of_travel_documents_are_listed() {
        for (code, country) in [
            ("D", Some("DE")),
            ("GBD", Some("GB")),
            ("RKS", Some("XK")),
            ("XXA", None),
            ("UNO", None),
            ("XOM", None),
        ] {
            assert!(is_listed(code), "{code}");
            assert_eq!(iso_alpha2(code), country, "{code}");
        }
        for code in [
            "", "DE", "DEU ", "UTO", "uzb", "UZ1", "DDE", "XXD", "G", "X",
        ] {
            assert!(!is_listed(code), "{code}");
        }
    }
}
