namespace Kindred.Numerics;

/// <summary>
/// Parallel work over rows, cut into blocks by data and never by worker, so that results do not depend on the number of threads.
/// </summary>
internal static class Blocks
{
    /// <summary>Work on rows [first, end) with a scratch that no other thread uses at that time.</summary>
    public delegate void Body<TScratch>(int block, int first, int end, TScratch scratch);

    /// <summary>
    /// Calls <paramref name="body"/> once for each block of <paramref name="blockRows"/> rows, in any order, on up to
    /// <paramref name="workers"/> threads.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; checked before each block.</exception>
    public static void ForEach<TScratch>(
        int rows, int blockRows, int workers, Func<TScratch> createScratch, Body<TScratch> body, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockRows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        int blocks = Count(rows, blockRows);
        void Run(int block, TScratch scratch)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = block * blockRows;
            body(block, first, Math.Min(first + blockRows, rows), scratch);
        }

        if (workers == 1 || blocks <= 1)
        {
            if (blocks == 0) return;
            var scratch = createScratch();
            for (int block = 0; block < blocks; block++) Run(block, scratch);
            return;
        }
        int next = -1;
        void Work()
        {
            var scratch = createScratch();
            for (int block = Interlocked.Increment(ref next); block < blocks; block = Interlocked.Increment(ref next)) Run(block, scratch);
        }
        try
        {
            Parallel.Invoke(
                new ParallelOptions { MaxDegreeOfParallelism = workers }, [.. Enumerable.Repeat((Action)Work, Math.Min(workers, blocks))]);
        }
        catch (AggregateException failure)
        {
            // The caller sees the first real reason, as it would with one worker.
            var reason = failure.Flatten().InnerExceptions.OrderBy(e => e is OperationCanceledException).First();
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
        }
    }

    /// <summary>As above, for work that needs no scratch.</summary>
    public static void ForEach(int rows, int blockRows, int workers, Action<int, int> body, CancellationToken cancellation) =>
        ForEach(rows, blockRows, workers, static () => 0, (_, first, end, _) => body(first, end), cancellation);

    /// <returns>How many blocks cover the rows.</returns>
    public static int Count(int rows, int blockRows) => (rows + blockRows - 1) / blockRows;
}
