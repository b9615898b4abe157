//! `bonafide case`: list, show, open, take, note, decide, contest, close. Whoever acts is the one named by `--actor`.

use bonafide_app::{CaseAnswer, CaseDecision, Cases, OpenCase, Second, Settling};
use bonafide_model::{
    AccountId, CaseClock, CaseId, CaseKind, CaseOutcome, CaseState, Ground, PartyId, Timestamp,
};
use clap::{Args, Subcommand};

use crate::outcome::{Answer, as_answer};
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};

mod show;

/// Cases asked for at once.
const PAGE: usize = 200;

/// What can be done with cases.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List cases, oldest first
    List(Which),
    /// Show a case and what was said in it; that it was opened is recorded
    Show {
        /// The case
        id: CaseId,
    },
    /// Count cases by kind, state, outcome, second person and lateness
    Counts,
    /// Open a case
    Open(New),
    /// Take a case, or the most urgent one that nobody has; 1 if none waits
    Take {
        /// The case; the most urgent one when left out
        id: Option<CaseId>,
        /// Of this kind alone
        #[arg(long, value_name = "KIND", conflicts_with = "id")]
        kind: Option<CaseKind>,
    },
    /// Give a case to somebody
    Assign {
        /// The case
        id: CaseId,
        /// Their handle
        to: String,
    },
    /// Give a case back to the queue
    Release {
        /// The case
        id: CaseId,
    },
    /// Add a note to a case; notes cannot be changed
    Note {
        /// The case
        id: CaseId,
        /// The note
        text: String,
    },
    /// Move the clock of a case
    Clock {
        /// The case
        id: CaseId,
        /// Not to be decided before this instant
        #[arg(long, value_name = "TIME")]
        earliest: Option<Timestamp>,
        /// To be decided before this instant; without it there is no end
        #[arg(long, value_name = "TIME")]
        due: Option<Timestamp>,
        #[command(flatten)]
        why: Why,
    },
    /// Propose an answer, for somebody else to approve
    Propose {
        /// The case
        id: CaseId,
        /// The answer, one of those of its kind
        outcome: CaseOutcome,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        settles: Settles,
    },
    /// Approve what somebody else proposed: the case is decided
    Approve {
        /// The case
        id: CaseId,
        #[command(flatten)]
        why: Why,
    },
    /// Send a proposed answer back: the case is open again
    Return {
        /// The case
        id: CaseId,
        #[command(flatten)]
        why: Why,
    },
    /// Decide a case
    Decide(Decide),
    /// Contest the decision of a case, for somebody else to decide
    Appeal {
        /// The case
        id: CaseId,
        #[command(flatten)]
        why: Why,
    },
    /// Close a case
    Close {
        /// The case
        id: CaseId,
        #[command(flatten)]
        why: Why,
    },
}

/// Reasons.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Why
    #[arg(long, value_name = "TEXT")]
    grounds: String,
}

/// What the decision of an account settles.
#[derive(Debug, Args)]
pub(crate) struct Settles {
    /// In the review of an account: why, as a code such as `false_match`; several by repeating
    #[arg(long = "code", value_name = "CODE", value_parser = code)]
    codes: Vec<Ground>,
    /// In the review of an account: a rule whose findings it settles; all that refer or refuse when left out
    #[arg(long = "rule", value_name = "PACK/RULE")]
    rules: Vec<String>,
    /// In the review of an account: until when it counts
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
}

impl From<Settles> for Settling {
    fn from(settles: Settles) -> Self {
        Self {
            codes: settles.codes,
            rules: settles.rules,
            expires_at: settles.expires,
        }
    }
}

fn code(text: &str) -> Result<Ground, String> {
    let known = || Ground::ALL.iter().map(|g| g.as_str());
    let found = Ground::ALL.into_iter().find(|g| g.as_str() == text);
    found.ok_or_else(|| {
        let known: Vec<&str> = known().collect();
        format!("`{text}` is not a code: use {}", known.join(", "))
    })
}

/// Which cases.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<CaseKind>,
    /// In this state: `open`, `proposed`, `decided`, `closed`
    #[arg(long, value_name = "STATE")]
    state: Option<CaseState>,
    /// With this person, by their handle
    #[arg(long, value_name = "HANDLE")]
    assignee: Option<String>,
    /// Due before this instant
    #[arg(long, value_name = "TIME")]
    due_before: Option<Timestamp>,
    /// About this party
    #[arg(long, value_name = "ID")]
    party: Option<PartyId>,
    /// About this account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Contesting or reviewing this case
    #[arg(long, value_name = "ID")]
    parent: Option<CaseId>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
}

/// A case to be opened.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// What is asked: `appeal`, `match_review`, `dispute`, `remedy`, `import_campaign`, `reseller`, `process`, `operations`
    kind: CaseKind,
    /// Whom it is about; the holder of the account when left out
    #[arg(long, value_name = "ID")]
    party: Option<PartyId>,
    /// The account it is about
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Not to be decided before this instant
    #[arg(long, value_name = "TIME")]
    earliest: Option<Timestamp>,
    /// To be decided before this instant; the provider's term for the kind when left out
    #[arg(long, value_name = "TIME")]
    due: Option<Timestamp>,
    /// Only those who work on such cases may know of it
    #[arg(long)]
    restricted: bool,
    #[command(flatten)]
    why: Why,
}

/// An answer.
#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// The case
    id: CaseId,
    /// The answer, one of those of its kind
    outcome: CaseOutcome,
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    settles: Settles,
    /// In a firm of one person: how the person outside the firm confirmed it
    #[arg(long, value_name = "HOW", conflicts_with = "break_glass")]
    outside: Option<String>,
    /// In a firm of one person: why it cannot wait for a second person; it is reviewed afterwards
    #[arg(long, value_name = "WHY")]
    break_glass: Option<String>,
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        // What the rules of cases refuse is an answer: somebody else must decide, it is too early, it is over.
        run_in(&session, output, command).await.map_err(as_answer)
    })
}

async fn run_in(session: &Session, output: &Output, command: Command) -> anyhow::Result<Answer> {
    let (app, actor) = (&session.app, &session.actor);
    let changed = match command {
        Command::List(which) => {
            list(session, output, which).await?;
            return Ok(Answer::Yes);
        }
        Command::Show { id } => {
            show::case(session, output, id).await?;
            session.settle().await?;
            return Ok(Answer::Yes);
        }
        Command::Counts => {
            show::counts(output, &app.case_counts(actor).await?)?;
            return Ok(Answer::Yes);
        }
        Command::Take { id: None, kind } => match app.take_next_case(actor, kind).await? {
            Some(case) => case,
            None => {
                output.say(&serde_json::json!({"case": null}), "no case waits")?;
                return Ok(Answer::from(false));
            }
        },
        Command::Take { id: Some(id), .. } => app.take_case(actor, id).await?,
        Command::Open(new) => app.open_case(actor, &new.into()).await?,
        Command::Assign { id, to } => app.assign_case(actor, id, &to).await?,
        Command::Release { id } => app.release_case(actor, id).await?,
        Command::Note { id, text } => app.note_case(actor, id, &text).await?,
        Command::Clock {
            id,
            earliest,
            due: latest,
            why,
        } => {
            let clock = CaseClock { earliest, latest };
            app.set_case_clock(actor, id, clock, &why.grounds).await?
        }
        Command::Propose {
            id,
            outcome,
            why,
            settles,
        } => {
            app.propose_in_case(actor, id, outcome, &why.grounds, &settles.into())
                .await?
        }
        Command::Approve { id, why } => app.approve_case(actor, id, &why.grounds).await?,
        Command::Return { id, why } => app.return_case(actor, id, &why.grounds).await?,
        Command::Decide(decide) => {
            let (id, decision) = decide.read();
            app.decide_case(actor, id, &decision).await?
        }
        Command::Appeal { id, why } => app.appeal_case(actor, id, &why.grounds).await?,
        Command::Close { id, why } => app.close_case(actor, id, &why.grounds).await?,
    };
    session.settle().await?;
    output.say(&changed, said(&changed))?;
    Ok(Answer::Yes)
}

impl From<New> for OpenCase {
    fn from(new: New) -> Self {
        Self {
            kind: new.kind,
            party: new.party,
            account: new.account,
            earliest_at: new.earliest,
            due_at: new.due,
            restricted: new.restricted,
            grounds: new.why.grounds,
        }
    }
}

impl Decide {
    fn read(self) -> (CaseId, CaseDecision) {
        let outside = self.outside.map(Second::Outside);
        let second = outside.or(self.break_glass.map(Second::BreakGlass));
        let decision = CaseDecision {
            outcome: self.outcome,
            grounds: self.why.grounds,
            second,
            settling: self.settles.into(),
        };
        (self.id, decision)
    }
}

/// A case in one line.
fn said(case: &CaseAnswer) -> String {
    let mut line = format!("`{}` ({}) is {}", case.id, case.kind, case.state);
    if let Some(outcome) = case.outcome {
        line.push_str(&format!(": {outcome}"));
    }
    if let Some(assignee) = &case.assignee {
        line.push_str(&format!(", with {assignee}"));
    }
    if let Some(due) = case.due_at.filter(|_| case.state.is_pending()) {
        line.push_str(&format!(", due {due}"));
    }
    line
}

async fn list(session: &Session, output: &Output, which: Which) -> anyhow::Result<()> {
    let filter = Cases {
        kind: which.kind,
        state: which.state,
        assignee: which.assignee,
        due_before: which.due_before,
        party: which.party,
        account: which.account,
        parent: which.parent,
    };
    let mut items: Vec<CaseAnswer> = Vec::new();
    while items.len() < which.limit {
        let after = items.last().map(|case| case.id);
        let room = (which.limit - items.len()).min(PAGE);
        let page = session
            .app
            .cases(&session.actor, &filter, after, room)
            .await?;
        items.extend(page.items);
        if page.next.is_none() {
            break;
        }
    }
    Ok(output.rows(&items, show::table, "no such cases")?)
}
