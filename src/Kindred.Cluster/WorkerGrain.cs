using System.Collections.Concurrent;
using Orleans.Concurrency;

namespace Kindred.Cluster;

/// <summary>What a silo works on; outlives its grain.</summary>
/// <param name="began">Told each order that begins; null: nobody is told.</param>
internal sealed class Workers(int threads, Action<Order>? began)
{
    public Action<Order>? Began => began;

    public ConcurrentDictionary<string, Worker> Jobs { get; } = [];

    public PartitionCache Cache { get; } = new();

    public int Threads => threads;
}

[OnNamedSilo, Reentrant]
internal sealed class WorkerGrain(Workers workers) : Grain, IWorkerGrain
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public Task<bool> AttemptAsync(Attempt attempt)
    {
        if (workers.Jobs.TryGetValue(attempt.Job.Id, out var current))
        {
            if (current.Attempt.Number >= attempt.Number) return Task.FromResult(current.Attempt.Number == attempt.Number);
            _ = current.DisposeAsync().AsTask();
        }
        var peers = attempt.Silos.Select(silo => GrainFactory.GetGrain<IWorkerGrain>(silo)).ToList();
        workers.Jobs[attempt.Job.Id] = new(attempt, peers, workers);
        return Task.FromResult(true);
    }

    public async Task<Outcome> DoAsync(string job, long attempt, Order order)
    {
        var worker = WorkerOf(job, attempt);
        var work = worker.Do(order);
        await Task.WhenAny(work, Task.Delay(Patience));
        if (!work.IsCompleted) return new(false, [], null, worker.Sent);
        try
        {
            return new(true, await work, null, worker.Sent);
        }
        catch (InputException e)
        {
            return new(true, [], e.Message, worker.Sent);
        }
    }

    public Task<Block> SumAsync(string job, long attempt, int step, int block, int part) =>
        WorkerOf(job, attempt).Sum(step, block, part);

    public Task<Block> RowsAsync(string job, long attempt, int step, int block) => WorkerOf(job, attempt).Rows(step, block);

    public async Task ReleaseAsync(string job)
    {
        if (!workers.Jobs.TryRemove(job, out var worker)) return;
        await Task.WhenAny(End(worker), Task.Delay(Patience)); // what it writes just now is removed afterwards
    }

    private async Task End(Worker worker)
    {
        await worker.DisposeAsync();
        string data = worker.Attempt.Job.Data;
        if (!workers.Jobs.Values.Any(other => other.Attempt.Job.Data == data)) workers.Cache.Release(data);
    }

    private Worker WorkerOf(string job, long attempt) =>
        workers.Jobs.TryGetValue(job, out var worker) && worker.Attempt.Number == attempt ? worker
            : throw new SiloUnavailableException($"Attempt {attempt} of job {job} is not worked on here.");
}
