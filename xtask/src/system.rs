//! The programs that the tests need from the operating system: found, or installed on Debian, or named exactly.
//!
//! Nothing is downloaded from anywhere but the system's own packages, and nothing asks a question.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::process;

/// Where the PostgreSQL programs lie that must be there together.
const SERVER_PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Folders whose sub-folders, one per version, hold PostgreSQL when it is not on the path: Debian's and Red Hat's ways.
const SERVER_FOLDERS: [(&str, &str); 3] = [
    ("/usr/lib/postgresql", "bin"),
    ("/usr", "pgsql"),
    ("/opt/homebrew/opt", "postgresql"),
];

/// Something the tests run, and what to install to have it.
struct Need {
    what: &'static str,
    debian: &'static [&'static str],
    fedora: &'static str,
    homebrew: &'static str,
    present: fn() -> bool,
}

const NEEDS: [Need; 5] = [
    Need {
        what: "a PostgreSQL server (initdb, pg_ctl, postgres)",
        debian: &["postgresql"],
        fedora: "postgresql-server",
        homebrew: "postgresql@17",
        present: || postgres_programs().is_some(),
    },
    Need {
        what: "Python 3 with venv",
        debian: &["python3", "python3-venv"],
        fedora: "python3",
        homebrew: "python",
        present: || answers("python3", &["-c", "import venv, ensurepip"]),
    },
    Need {
        what: "a C compiler (cc)",
        debian: &["gcc", "libc6-dev"],
        fedora: "gcc",
        homebrew: "gcc",
        present: || answers("cc", &["--version"]),
    },
    Need {
        what: "SoftHSM (softhsm2-util)",
        debian: &["softhsm2"],
        fedora: "softhsm",
        homebrew: "softhsm",
        present: || answers("softhsm2-util", &["--version"]),
    },
    Need {
        what: "openssl",
        debian: &["openssl"],
        fedora: "openssl",
        homebrew: "openssl@3",
        present: || answers("openssl", &["version"]),
    },
];

/// Makes sure that every program is there, installing what is missing where that can be done without asking.
pub(crate) fn ensure() -> Result<(), Failure> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !(Path::new("/etc/debian_version").exists() && is_root()?) {
        return Err(Failure::new(instructions(&missing)));
    }
    install(&missing)?;
    match missing.into_iter().find(|need| !(need.present)()) {
        Some(need) => Err(Failure::new(format!(
            "{} is still missing after the installation of {}",
            need.what,
            need.debian.join(" ")
        ))),
        None => Ok(()),
    }
}

/// Makes sure that rustfmt and clippy are there.
pub(crate) fn ensure_linters() -> Result<(), Failure> {
    for linter in ["fmt", "clippy"] {
        let found = process::cargo()?
            .args([linter, "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            return Err(Failure::new(format!(
                "`cargo {linter}` is missing: run `rustup component add rustfmt clippy`, or leave the lints out with `--no-lint`"
            )));
        }
    }
    Ok(())
}

/// The folder that holds `initdb`, `pg_ctl` and `postgres`: on the path, or else the newest version installed.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let mut installed: Vec<(u32, PathBuf)> = SERVER_FOLDERS
        .iter()
        .flat_map(|(folder, kind)| versions(Path::new(folder), kind))
        .collect();
    installed.sort();
    let installed = installed.into_iter().rev().map(|(_, folder)| folder);
    on_path.into_iter().chain(installed).find(|folder| {
        SERVER_PROGRAMS
            .iter()
            .all(|program| folder.join(program).is_file())
    })
}

/// The versions installed below a folder: `15/bin`, `pgsql-15/bin` or `postgresql@15/bin`.
fn versions(folder: &Path, kind: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let prefixed = kind != "bin";
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let version = if prefixed {
                name.strip_prefix(kind)?.get(1..)?.parse().ok()?
            } else {
                name.parse().ok()?
            };
            Some((version, entry.path().join("bin")))
        })
        .collect()
}

/// Whether this runs as root.
pub(crate) fn is_root() -> Result<bool, Failure> {
    Ok(process::read(Command::new("id").arg("-u"))? == "0")
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn install(missing: &[&Need]) -> Result<(), Failure> {
    let packages = missing.iter().flat_map(|need| need.debian);
    process::run(apt_get().args(["update", "--quiet"]))?;
    process::run(
        apt_get()
            .args(["install", "--yes", "--quiet", "--no-install-recommends"])
            .args(packages),
    )
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    command
}

fn instructions(missing: &[&Need]) -> String {
    let join = |word: fn(&Need) -> String| {
        let words: Vec<String> = missing.iter().map(|need| word(need)).collect();
        words.join(" ")
    };
    let what: Vec<String> = missing
        .iter()
        .map(|need| format!("  - {}", need.what))
        .collect();
    format!(
        "the tests need what is missing here:\n{}\ninstall it, then start again:\n  \
         Debian, Ubuntu   sudo apt-get install {}\n  \
         Fedora           sudo dnf install {}\n  \
         macOS            brew install {}",
        what.join("\n"),
        join(|need| need.debian.join(" ")),
        join(|need| need.fedora.to_owned()),
        join(|need| need.homebrew.to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_name_every_missing_package() {
        let all: Vec<&Need> = NEEDS.iter().collect();
        let text = instructions(&all);
        for package in [
            "postgresql",
            "python3-venv",
            "gcc",
            "openssl",
            "postgresql-server",
        ] {
            assert!(text.contains(package), "{package} is not named in:\n{text}");
        }
    }

    #[test]
    fn every_way_of_laying_out_versions_is_read() {
        let folder = std::env::temp_dir().join(format!("bonafide-versions-{}", std::process::id()));
        for name in [
            "9",
            "17",
            "pgsql-16",
            "postgresql@18",
            "postgresql",
            "other",
        ] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        let mut plain = versions(&folder, "bin");
        plain.sort();
        assert_eq!(
            plain,
            [(9, folder.join("9/bin")), (17, folder.join("17/bin"))]
        );
        assert_eq!(
            versions(&folder, "pgsql"),
            [(16, folder.join("pgsql-16/bin"))]
        );
        assert_eq!(
            versions(&folder, "postgresql"),
            [(18, folder.join("postgresql@18/bin"))]
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
