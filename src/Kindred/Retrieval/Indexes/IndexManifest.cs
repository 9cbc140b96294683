
namespace Kindred.Retrieval.Indexes;

/// <summary>How an index came to be, and what it was measured to find: enough to use it, and to know whether to trust it.</summary>
/// <param name="Kind">Name in <see cref="IndexCatalog"/>.</param>
/// <param name="Count">Items that can be found.</param>
/// <param name="Effort">Of every query, in the unit of the index; 0: the index's own, or none.</param>
/// <param name="Seconds">Time to build it.</param>
/// <param name="Trainer">Of the model whose item embeddings it holds.</param>
/// <param name="Fingerprint">Of the model folder it was built from; of one that was never in a folder, of its data.</param>
/// <param name="TargetRecall">What was asked for; null: nothing was.</param>
/// <param name="Recall">What was measured with <paramref name="Effort"/>; null: nothing was.</param>
internal sealed record IndexManifest(
    string Kind, IndexMetric Metric, int Dimensions, int Count, int Effort, double Seconds, string Trainer, string Fingerprint,
    double? TargetRecall = null, RecallEstimate? Recall = null)
{
    /// <summary>Nothing measured, and the index's own effort.</summary>
    public static IndexManifest Of(IIndex index, TimeSpan time, string trainer, string fingerprint)
    {
        var description = index.Description;
        return new(
            description.Kind, description.Metric, description.Dimensions, description.Count, description.Effort,
            Math.Round(time.TotalSeconds, 3), trainer, fingerprint);
    }
}

/// <summary>An index of a model's item embeddings and how it came to be.</summary>
internal sealed record IndexWithManifest(IndexManifest Manifest, IIndex Index);
