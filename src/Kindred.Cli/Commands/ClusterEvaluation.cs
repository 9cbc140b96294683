using Kindred.Cli.Options;
using Kindred.Cluster;
using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Partitions;

namespace Kindred.Cli.Commands;

/// <summary>
/// Silos train models and measure them: each training is a job, and all measuring is one. What they leave for each other is in a folder
/// beside the partitions, until this is disposed of.
/// </summary>
internal sealed class ClusterEvaluation(
    PartitionedSplit split, ComparisonOptions options, ClusterAddress cluster, CommandContext session) : IPartitionedWork, IDisposable
{
    private readonly string _data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(split.Data.Path));
    private readonly Dictionary<TrainedModel, string> _folders = new(ReferenceEqualityComparer.Instance);
    private readonly List<ModelFolder> _open = [];
    private string? _folder;

    private string Folder => _folder ??= $"{_data}.evaluation-{Guid.NewGuid().ToString("N")[..8]}";

    public TrainedModel Train(ModelSpec spec)
    {
        string folder = Path.Combine(Folder, $"model-{_folders.Count}");
        TrainedModel trained;
        if (spec.Trainer is Popularity) // a pass over the events, which needs no cluster
        {
            trained = new WorkHere(split, options, session.Cancellation).Train(spec);
            PartitionedTraining.Write(folder, trained);
        }
        else
        {
            Run(new(SubmittedJob.IdFor(split.Data.Path), _data, spec.Name, options.Seed, folder, Split: split.Plan.ToJson()),
                $"Training {spec.Name}", spec.Trainer is ItemKnn ? "piece" : "epoch");
            var model = ModelFolder.Open(folder);
            _open.Add(model);
            trained = new(model.Manifest, model.Model);
        }
        _folders.Add(trained, folder);
        return trained;
    }

    public PartitionSums Measure(
        IReadOnlyList<(string Name, TrainedModel Trained)> models, TrainedModel? fallback, ItemCounts counts)
    {
        string counted = Path.Combine(Folder, "counts"), pieces = Path.Combine(Folder, "sums");
        counts.Write(counted);
        var task = new MeasureTask(
            [.. models.Select(model => model.Name)], [.. models.Select(model => _folders[model.Trained])],
            fallback is null ? null : _folders[fallback], counted, options.MainMetric, [.. options.CutOffs], [.. options.Metrics],
            [.. options.GroupBy]);
        Run(new(SubmittedJob.IdFor(split.Data.Path), _data, "", options.Seed, pieces, Measure: task, Split: split.Plan.ToJson()),
            "Measuring", "partition");
        return PartitionSums.Of(split.Data.Count, partition =>
        {
            using var piece = new JobFolder(pieces).Piece(partition);
            return PartitionSums.Load(piece.Tensors(JobFolder.PieceFile));
        });
    }

    public void Dispose()
    {
        foreach (var model in _open) model.Dispose();
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }

    private void Run(ClusterJob job, string activity, string unit) =>
        SubmittedJob.RunAsync(job, cluster, activity, unit, session).GetAwaiter().GetResult();
}
