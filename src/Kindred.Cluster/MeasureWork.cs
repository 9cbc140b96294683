using Kindred.Comparison;
using Kindred.Models;
using Kindred.Storage;

namespace Kindred.Cluster;

/// <summary>A silo's share of measuring: the sums of its partitions.</summary>
internal sealed class MeasureWork : PartitionPieces
{
    private readonly JobData _data;
    private readonly ModelFolder[] _models;
    private readonly ModelFolder? _fallback;
    private readonly PartitionMeasuring _measuring;

    public MeasureWork(MeasureTask task, SiloContext context) : base(context)
    {
        _data = new(context.Attempt.Job);
        _models = [.. task.Models.Select(model => ModelFolder.Open(model))];
        _fallback = task.Fallback is null ? null : ModelFolder.Open(task.Fallback);
        var options = task.Options with { Seed = context.Attempt.Job.Seed, Workers = context.Threads };
        _measuring = new(_data.Split!, options, ItemCounts.Open(task.Counts),
            [.. task.Names.Zip(_models, (name, folder) => (name, folder.Model))], _fallback?.Model, context.Stop);
    }

    public override void Dispose()
    {
        foreach (var model in _models) model.Dispose();
        _fallback?.Dispose();
        _data.Dispose();
    }

    protected override Action<TensorWriter> Make(int partition) => _measuring.Of(partition).Save;
}
