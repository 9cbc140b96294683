namespace Kindred.Server;

/// <summary>Threads for requests while others wait for the disk.</summary>
internal static class AnsweringThreads
{
    /// <summary>
    /// Commits, reads and copies of an embedded store, and the writing of exposures, each hold a thread of the pool for as long as the disk
    /// takes. The pool begins with one thread a processor and adds others some times a second: until then, answers would wait for the disk.
    /// </summary>
    private const int MostWaiting = 8;

    /// <summary>From now on the pool starts so many threads at once when they are needed.</summary>
    public static void Reserve()
    {
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + MostWaiting), ports);
    }
}
