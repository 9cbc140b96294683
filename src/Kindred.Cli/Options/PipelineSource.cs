using Kindred.Configuration;
using Kindred.Models;
using Kindred.Snapshots;

namespace Kindred.Cli.Options;

/// <summary>A pipeline from wherever it was named.</summary>
internal static class PipelineSource
{
    /// <summary>
    /// That of a file or, of a snapshot or the newest of a folder of them, the one it serves; a model alone is a pipeline of one source.
    /// </summary>
    /// <exception cref="InputException">Neither.</exception>
    public static PipelineConfig Read(string path, TrainerCatalog trainers)
    {
        if (!Directory.Exists(path)) return PipelineConfig.Read(path, trainers);
        using var snapshot = Snapshot.Open(path, trainers);
        var manifest = snapshot.Manifest;
        return snapshot.Trained?.Config ?? new PipelineConfig
        {
            Sources = [new ModelSource { Model = manifest.Model.Trainer, Options = manifest.Model.Options, Index = manifest.Index?.Kind }],
        };
    }
}
