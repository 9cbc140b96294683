using Orleans.Concurrency;

namespace Kindred.Cluster;

/// <summary>A job: gives out work and waits for it, computes nothing. Its key is the job's id.</summary>
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Starts the job; one that is there already is left as it is.</summary>
    Task SubmitAsync(ClusterJob job);

    /// <returns>Null: there is no such job.</returns>
    [AlwaysInterleave]
    Task<JobStatus?> StatusAsync();

    /// <summary>Ends the job; what it wrote is removed.</summary>
    [AlwaysInterleave]
    Task CancelAsync();

    /// <summary>Takes a job over whose silo was lost.</summary>
    [AlwaysInterleave]
    Task WakeAsync();
}

/// <summary>All jobs of a cluster. Its key is 0.</summary>
public interface IJobsGrain : IGrainWithIntegerKey
{
    /// <returns>Newest first.</returns>
    Task<IReadOnlyList<JobStatus>> ListAsync();
}

/// <summary>What one silo does of jobs. Its key is the silo's address, and it lives there.</summary>
internal interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>Begins an attempt; everything of an earlier one is given up.</summary>
    /// <returns>False: a later one has begun.</returns>
    [AlwaysInterleave]
    Task<bool> AttemptAsync(Attempt attempt);

    /// <summary>Begins an order, or looks at one that was begun, and waits a few seconds.</summary>
    [AlwaysInterleave]
    Task<Outcome> DoAsync(string job, long attempt, Order order);

    /// <summary>The sums of a block over the partitions of this silo.</summary>
    /// <param name="part">Of what is too long for one message; the first one, 0, says how many there are.</param>
    [AlwaysInterleave]
    Task<Block> SumAsync(string job, long attempt, int step, int block, int part);

    /// <returns>The last rows of a block that this silo has.</returns>
    [AlwaysInterleave]
    Task<Block> RowsAsync(string job, long attempt, int step, int block);

    /// <summary>Forgets a job.</summary>
    [AlwaysInterleave]
    Task ReleaseAsync(string job);
}
