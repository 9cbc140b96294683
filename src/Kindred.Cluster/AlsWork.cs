using System.Runtime.InteropServices;
using System.Text.Json;
using Kindred.Models.Als;
using Kindred.Numerics;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>A silo's share of <see cref="ImplicitAls"/>.</summary>
internal sealed class AlsWork(ImplicitAls options, SiloContext context) : ISiloWork
{
    private readonly JobData _data = new(context.Attempt.Job);

    private AlsWorker? _als;
    private CountStep? _count;
    private IReadOnlyList<IItemStep> _steps = [];

    private Attempt Attempt => context.Attempt;

    public async Task<byte[]> Carry(Order order)
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
                _als!.Items.Begin(UserSummaries.Read(order.Data, options.Dimensions));
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
                SiloContext.Keeping(() => Keep(order.Epoch));
                return [];
            case Work.Write:
                if (Attempt.Self == 0) SiloContext.Keeping(Write);
                return [];
            default:
                throw new InvalidOperationException($"Unknown work {order.Work}.");
        }
    }

    public byte[] Sum(int step, int block) => MemoryMarshal.AsBytes(_als!.Sum(StepAt(step), block).AsSpan()).ToArray();

    public byte[] Rows(int step, int block) => MemoryMarshal.AsBytes(RowsOf(StepAt(step), block)).ToArray();

    public void Dispose() => _data.Dispose();

    private IItemStep StepAt(int step) => step < 0 ? _count! : _steps[step];

    private void Load()
    {
        _als = new(options, _data.Events.Items.Count, _data.Events.Users, context.Training);
        context.Load(_data, _als.Load);
        _count = new(_als.Items);
        if (Attempt.Epoch == 0) return;
        context.Folder.Restore(Attempt.Epoch, "items", _als.Items.Y);
        if (options.Solver == AlsSolver.Exact) return; // the users follow from the items
        foreach (var (number, partition) in _als.Partitions) context.Folder.Restore(Attempt.Epoch, $"{number:000}", partition.X);
    }

    private IReadOnlyDictionary<int, UserSummary> FirstUsers() =>
        Attempt.Epoch > 0 && options.Solver == AlsSolver.Exact ? _als!.SolveUsers() : _als!.FirstUsers();

    private Task SumOwn(int number)
    {
        var step = StepAt(number);
        return context.SumOwnAsync(number, _als!.BlocksOf(step), async (block, others) =>
        {
            int[] sums = _als.Sum(step, block);
            foreach (var other in others) FixedPoint.Add(MemoryMarshal.Cast<byte, int>(await other), sums);
            _als.Finish(step, block, sums);
        });
    }

    private Task Gather(int number)
    {
        var step = StepAt(number);
        return context.GatherAsync(number, _als!.BlocksOf(step), (block, rows) =>
            MemoryMarshal.Cast<byte, float>(rows).CopyTo(RowsOf(step, block)));
    }

    private Span<float> RowsOf(IItemStep step, int block)
    {
        var (first, end) = _als!.RangeOf(step, block);
        return step.Table.Values.Span[(first * step.Table.Columns)..(end * step.Table.Columns)];
    }

    private void Keep(int epoch)
    {
        if (Attempt.Self == 0) context.Folder.Keep(epoch, "items", _als!.Items.Y);
        if (options.Solver == AlsSolver.Exact) return;
        foreach (var (number, partition) in _als!.Partitions) context.Folder.Keep(epoch, $"{number:000}", partition.X);
    }

    private void Write() => PartitionedTraining.Write(Attempt.Job.Output,
        PartitionedTraining.TrainedOf(_als!.Items, _data.Events, DateTimeOffset.UtcNow - Attempt.Started, context.Training));
}
