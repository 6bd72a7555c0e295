/// It tells what it holds, and gives back what is no longer needed.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Of each thread. Operations are as deep as their documents: the deepest that are allowed take 2 MiB without optimisation. What is
/// not used takes no memory.
const STACK: usize = 16 << 20;

fn main() -> std::io::Result<std::process::ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    Ok(runtime.block_on(api::cli::run()))
}
