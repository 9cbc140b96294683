using System.Collections.Concurrent;
using Kindred.Models;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>One silo's work on one attempt of a job. It computes on threads of its own, never on those of the grains.</summary>
/// <param name="peers">The worker of each silo of the attempt.</param>
/// <param name="silo">What the silo's attempts have in common.</param>
internal sealed class Worker(Attempt attempt, IReadOnlyList<IWorkerGrain> peers, Workers silo) : IAsyncDisposable
{
    private const int MostBytes = 16 << 20; // of a message

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, Task<byte[]>> _orders = [];
    private readonly BlockParts _parts = new(MostBytes);
    private ISiloWork? _work;
    private long _sent;

    public Attempt Attempt => attempt;

    /// <summary>Bytes of blocks that were sent to others.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Begins an order, or finds it begun.</summary>
    public Task<byte[]> Do(Order order) => _orders.GetOrAdd(order.Number, _ => Task.Run(() =>
    {
        silo.Began?.Invoke(order);
        if (order.Work == Work.Load) _work = WorkOf(attempt.Job);
        return _work!.Carry(order);
    }, _stop.Token));

    /// <param name="part">Of a block that takes several messages.</param>
    public Task<Block> Sum(int step, int block, int part) =>
        Task.Run(() => Sending(_parts.Part(step, block, part, () => _work!.Sum(step, block))), _stop.Token);

    public Task<Block> Rows(int step, int block) => Task.Run(() => Sending(new() { Bytes = _work!.Rows(step, block) }), _stop.Token);

    /// <summary>Gives the work up, and closes the data once no order reads them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var order in _orders.Values) await ((Task)order).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _work?.Dispose();
    }

    private ISiloWork WorkOf(ClusterJob job)
    {
        var context = new SiloContext(attempt, peers, silo.Threads, silo.Cache, _stop.Token);
        if (job.Lists is { } lists) return new ListsWork(lists, context);
        if (job.Measure is { } measure) return new MeasureWork(measure, context);
        var trainer = ModelSpec.Parse(job.Model, TrainerCatalog.Default).Trainer;
        return trainer switch
        {
            ItemKnn knn => new ItemKnnWork(knn, context),
            SgdTrainer sgd => new SgdWork(sgd, context),
            _ => new AlsWork(PartitionedTraining.Supported(trainer), context),
        };
    }

    private Block Sending(Block block)
    {
        Interlocked.Add(ref _sent, block.Bytes.Length);
        return block;
    }
}
