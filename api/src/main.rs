use std::time::Duration;

/// It tells what it holds, and gives back what is no longer needed.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Of each thread. Operations are as deep as their documents: the deepest that are allowed take 2 MiB without optimisation. What is
/// not used takes no memory.
const STACK: usize = 16 << 20;

/// How long is waited for threads that can't be interrupted, such as one that asks for the address of who is away.
const PATIENCE: Duration = Duration::from_secs(1);

fn main() -> std::io::Result<std::process::ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    let code = runtime.block_on(api::cli::run());
    runtime.shutdown_timeout(PATIENCE);
    Ok(code)
}
