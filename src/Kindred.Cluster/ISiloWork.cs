namespace Kindred.Cluster;

/// <summary>What a silo does of one kind of job, in one attempt. Begins with <see cref="Work.Load"/>.</summary>
internal interface ISiloWork : IDisposable
{
    /// <summary>Carries out an order.</summary>
    Task<byte[]> Carry(Order order);

    /// <returns>What the partitions of this silo add to a block that another one owns.</returns>
    byte[] Sum(int step, int block) => throw new NotSupportedException();

    /// <returns>The last rows of a block that this silo has.</returns>
    byte[] Rows(int step, int block) => throw new NotSupportedException();
}

/// <summary>What the works of a silo have in common.</summary>
/// <param name="Peers">The worker of each silo of the attempt.</param>
/// <param name="Threads">For computing.</param>
/// <param name="Cache">Partitions that were read.</param>
/// <param name="Stop">Cancelled when the attempt is given up.</param>
internal sealed record SiloContext(
    Attempt Attempt, IReadOnlyList<IWorkerGrain> Peers, int Threads, PartitionCache Cache, CancellationToken Stop)
{
    private const int BlocksAtOnce = 2;

    public JobFolder Folder { get; } = new(Attempt.Folder);

    public Models.TrainingContext Training => new() { Seed = Attempt.Job.Seed, Workers = Threads, Cancellation = Stop };

    public ParallelOptions Parallelism => new() { MaxDegreeOfParallelism = BlocksAtOnce, CancellationToken = Stop };

    /// <returns>The partitions of this silo.</returns>
    public IEnumerable<int> Own => Enumerable.Range(0, Attempt.Owners.Length).Where(n => Attempt.Owners[n] == Attempt.Self);

    /// <summary>Reads the partitions of this silo.</summary>
    public void Load(JobData data, Action<int, Interactions> load)
    {
        foreach (int partition in Own)
        {
            Stop.ThrowIfCancellationRequested();
            load(partition, Cache.Get(Attempt.Job, data.Events, partition));
        }
    }

    /// <summary>Makes what this silo owns of a step's blocks. They are owned in turn, so that all silos have as many.</summary>
    /// <param name="make">Gets a block and what the other silos add to it.</param>
    public Task SumOwnAsync(int step, int blocks, Func<int, IReadOnlyList<Task<byte[]>>, Task> make) => Parallel.ForEachAsync(
        Enumerable.Range(0, blocks).Where(block => OwnerOf(block) == Attempt.Self), Parallelism,
        async (block, _) => await make(block, AskOthers(step, block)));

    /// <summary>Fetches the blocks of a step that others own.</summary>
    public Task GatherAsync(int step, int blocks, Action<int, byte[]> take) => Parallel.ForEachAsync(
        Enumerable.Range(0, blocks).Where(block => OwnerOf(block) != Attempt.Self), Parallelism, async (block, _) =>
            take(block, await FetchAsync(OwnerOf(block), step, block)));

    /// <returns>Rows that another silo has.</returns>
    public async Task<byte[]> FetchAsync(int silo, int step, int block) =>
        (await Peers[silo].RowsAsync(Attempt.Job.Id, Attempt.Number, step, block)).Bytes;

    /// <summary>Asks all other silos for a block's sums.</summary>
    public IReadOnlyList<Task<byte[]>> AskOthers(int step, int block) =>
        [.. Peers.Where((_, n) => n != Attempt.Self).Select(peer => BlockParts.JoinAsync(
            part => peer.SumAsync(Attempt.Job.Id, Attempt.Number, step, block, part)))];

    /// <summary>A disk that is full now may have room later.</summary>
    public static void Keeping(Action write)
    {
        try
        {
            write();
        }
        catch (InputException e)
        {
            throw new IOException(e.Message, e) { HResult = e.InnerException?.HResult ?? e.HResult };
        }
    }

    private int OwnerOf(int block) => block % Peers.Count;
}
