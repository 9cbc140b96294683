using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Numerics;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>One silo's work on one attempt of a job. It computes on threads of its own, never on those of the grains.</summary>
/// <param name="peers">The worker of each silo of the attempt.</param>
/// <param name="threads">For computing.</param>
internal sealed class Worker(Attempt attempt, IReadOnlyList<IWorkerGrain> peers, int threads, PartitionCache cache) : IAsyncDisposable
{
    private const int BlocksAtOnce = 2;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, Task<byte[]>> _orders = [];
    private readonly JobFolder _folder = new(attempt.Folder);

    private PartitionedFolder? _data;
    private AlsWorker? _als;
    private CountStep? _count;
    private IReadOnlyList<IItemStep> _steps = [];
    private long _sent;

    public Attempt Attempt => attempt;

    /// <summary>Bytes of blocks that were sent to others.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Begins an order, or finds it begun.</summary>
    public Task<byte[]> Do(Order order) => _orders.GetOrAdd(order.Number, _ => Task.Run(() => Carry(order), _stop.Token));

    public Task<Block> Sum(int step, int block) => Task.Run(() =>
    {
        int[] sums = _als!.Sum(StepAt(step), block);
        return Sending(MemoryMarshal.AsBytes(sums.AsSpan()).ToArray());
    }, _stop.Token);

    public Task<Block> Rows(int step, int block) =>
        Task.Run(() => Sending(MemoryMarshal.AsBytes(RowsOf(StepAt(step), block)).ToArray()), _stop.Token);

    /// <summary>Gives the work up, and closes the data once no order reads them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var order in _orders.Values) await ((Task)order).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _data?.Dispose();
    }

    private IItemStep StepAt(int step) => step < 0 ? _count! : _steps[step];

    private async Task<byte[]> Carry(Order order)
    {
        switch (order.Work)
        {
            case Work.Load:
                Load();
                return [];
            case Work.Users:
                return UserSummaries.Write(FirstUsers());
            case Work.Begin:
                if (_count is not null) _count.Apply();
                _als!.Items.Begin(UserSummaries.Read(order.Data, _als.Items.Options.Dimensions));
                _steps = _als.Items.Steps();
                return [];
            case Work.Sum:
                await SumOwn(order.Step);
                return [];
            case Work.Gather:
                await Gather(order.Step);
                return [];
            case Work.Solve:
                return UserSummaries.Write(_als!.SolveUsers());
            case Work.Loss:
                return JsonSerializer.SerializeToUtf8Bytes(_als!.Items.Loss());
            case Work.Keep:
                Keeping(() => Keep(order.Epoch));
                return [];
            case Work.Write:
                if (attempt.Self == 0) Keeping(Write);
                return [];
            default:
                throw new InvalidOperationException($"Unknown work {order.Work}.");
        }
    }

    private void Load()
    {
        var spec = ModelSpec.Parse(attempt.Job.Model, TrainerCatalog.Default);
        var options = PartitionedTraining.Supported(spec.Trainer);
        _data = PartitionedFolder.Open(attempt.Job.Data);
        var context = new TrainingContext { Seed = attempt.Job.Seed, Workers = threads, Cancellation = _stop.Token };
        _als = new(options, _data.Items.Count, _data.Users, context);
        for (int partition = 0; partition < _data.Count; partition++)
        {
            _stop.Token.ThrowIfCancellationRequested();
            if (attempt.Owners[partition] == attempt.Self) _als.Load(partition, cache.Get(_data, partition));
        }
        _count = new(_als.Items);
        if (attempt.Epoch == 0) return;
        _folder.Restore(attempt.Epoch, "items", _als.Items.Y);
        if (options.Solver == AlsSolver.Exact) return; // the users follow from the items
        foreach (var (number, partition) in _als.Partitions) _folder.Restore(attempt.Epoch, $"{number:000}", partition.X);
    }

    private IReadOnlyDictionary<int, UserSummary> FirstUsers() =>
        attempt.Epoch > 0 && _als!.Items.Options.Solver == AlsSolver.Exact ? _als.SolveUsers() : _als!.FirstUsers();

    /// <summary>Blocks are owned in turn, so that all silos have as many.</summary>
    private int OwnerOf(int block) => block % peers.Count;

    private Task SumOwn(int number)
    {
        var step = StepAt(number);
        var own = Enumerable.Range(0, _als!.BlocksOf(step)).Where(block => OwnerOf(block) == attempt.Self);
        return Parallel.ForEachAsync(own, Parallelism(), async (block, _) =>
        {
            var others = peers.Where((_, n) => n != attempt.Self).Select(peer =>
                peer.SumAsync(attempt.Job.Id, attempt.Number, number, block)).ToList();
            int[] sums = _als.Sum(step, block);
            foreach (var other in others) FixedPoint.Add(MemoryMarshal.Cast<byte, int>((await other).Bytes), sums);
            _als.Finish(step, block, sums);
        });
    }

    private Task Gather(int number)
    {
        var step = StepAt(number);
        var others = Enumerable.Range(0, _als!.BlocksOf(step)).Where(block => OwnerOf(block) != attempt.Self);
        return Parallel.ForEachAsync(others, Parallelism(), async (block, _) =>
        {
            var rows = await peers[OwnerOf(block)].RowsAsync(attempt.Job.Id, attempt.Number, number, block);
            MemoryMarshal.Cast<byte, float>(rows.Bytes).CopyTo(RowsOf(step, block));
        });
    }

    private ParallelOptions Parallelism() => new() { MaxDegreeOfParallelism = BlocksAtOnce, CancellationToken = _stop.Token };

    private Span<float> RowsOf(IItemStep step, int block)
    {
        var (first, end) = _als!.RangeOf(step, block);
        return step.Table.Values.Span[(first * step.Table.Columns)..(end * step.Table.Columns)];
    }

    /// <summary>A disk that is full now may have room later.</summary>
    private static void Keeping(Action write)
    {
        try
        {
            write();
        }
        catch (InputException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private void Keep(int epoch)
    {
        if (attempt.Self == 0) _folder.Keep(epoch, "items", _als!.Items.Y);
        if (_als!.Items.Options.Solver == AlsSolver.Exact) return;
        foreach (var (number, partition) in _als.Partitions) _folder.Keep(epoch, $"{number:000}", partition.X);
    }

    private void Write()
    {
        var context = new TrainingContext { Seed = attempt.Job.Seed, Workers = threads, Cancellation = _stop.Token };
        PartitionedTraining.Write(attempt.Job.Output,
            PartitionedTraining.TrainedOf(_als!.Items, _data!, DateTimeOffset.UtcNow - attempt.Started, context));
    }

    private Block Sending(byte[] bytes)
    {
        Interlocked.Add(ref _sent, bytes.Length);
        return new() { Bytes = bytes };
    }
}
