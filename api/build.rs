//! Bundles the playground, so that `cargo build` alone yields a binary with its playground inside.
//!
//! It works on a copy in `OUT_DIR`, as a build must not write beside its sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const OLDEST_NODE: u32 = 18;
const HELP: &str = "\
The playground needs Node.js 18 or newer and npm (Debian: apt-get install nodejs npm).
Without them, build with --no-default-features to leave the playground out,
or set LINLI_GRAPHIQL_DIST to a folder that `npm ci && npm run build` made of api/graphiql.";

type Result<T = (), E = String> = std::result::Result<T, E>;

fn main() {
    println!("cargo::rerun-if-env-changed=LINLI_GRAPHIQL_DIST");
    if env::var_os("CARGO_FEATURE_GRAPHIQL").is_none() {
        return;
    }
    if let Err(reason) = embed_graphiql() {
        for line in format!("cannot bundle GraphiQL: {reason}\n{HELP}").lines() {
            println!("cargo::error={line}");
        }
    }
}

fn embed_graphiql() -> Result {
    let out = env::var("OUT_DIR").map_err(|error| format!("OUT_DIR: {error}"))?;
    let workshop = PathBuf::from(out).join("graphiql");
    if workshop.exists() {
        fs::remove_dir_all(&workshop).map_err(|error| at(&workshop, error))?;
    }
    match env::var_os("LINLI_GRAPHIQL_DIST").filter(|folder| !folder.is_empty()) {
        Some(folder) => copy_files(Path::new(&folder), &workshop.join("dist")),
        None => bundle(Path::new("graphiql"), &workshop),
    }
}

fn bundle(sources: &Path, workshop: &Path) -> Result {
    check_node()?;
    copy_files(sources, workshop)?;
    // esbuild's own install script is an optimisation, and nothing else wants to run one. `--include`
    // overrules a NODE_ENV=production around us, which would leave the bundler out.
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    let whole = ["--include=dev", "--include=optional"];
    run(Command::new(npm).args(install).args(whole).current_dir(workshop))?;
    run(Command::new("node").arg("build.mjs").current_dir(workshop))?;
    // 130 MB that nobody looks at again; npm keeps what it needs for the next time.
    let modules = workshop.join("node_modules");
    fs::remove_dir_all(&modules).map_err(|error| at(&modules, error))
}

fn check_node() -> Result {
    let version = run(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().unwrap_or_default();
    match major.parse::<u32>() {
        Ok(major) if major >= OLDEST_NODE => Ok(()),
        _ => Err(format!("node is {}, which is too old", version.trim())),
    }
}

/// The files of one folder, without its subfolders (`node_modules` and `dist` of a developer).
fn copy_files(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to).map_err(|error| at(to, error))?;
    for entry in fs::read_dir(from).map_err(|error| at(from, error))? {
        let path = entry.map_err(|error| at(from, error))?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            println!("cargo::rerun-if-changed={}", path.display());
            fs::copy(&path, to.join(name)).map_err(|error| at(&path, error))?;
        }
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("`{program}` does not run: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(format!("`{program}` failed, {}\n{}", output.status, stderr.trim()))
    }
}

fn at(path: &Path, error: std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
