using System.Diagnostics;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval.Indexes;

namespace Kindred.Retrieval.Recall;

/// <summary>An index that was chosen, built and measured.</summary>
/// <param name="Time">To build it.</param>
/// <param name="IsReached">The recall asked for is in reach: the interval is above it.</param>
/// <param name="Reason">What was chosen and why, in one sentence.</param>
internal sealed record TunedIndex(IIndex Index, TimeSpan Time, double TargetRecall, RecallReport Report, bool IsReached, string Reason)
{
    /// <param name="trainer">Of the model whose item embeddings it holds.</param>
    /// <param name="fingerprint">Of that model.</param>
    public IndexManifest ManifestFor(string trainer, string fingerprint) =>
        IndexManifest.Of(Index, Time, trainer, fingerprint) with
        {
            Effort = Report.Effort,
            TargetRecall = TargetRecall,
            Recall = Report.Recall,
        };
}

/// <summary>
/// Chooses an index by the size of the catalogue, the memory there is and the recall that is wanted, builds it, and finds the least effort
/// that is enough.
/// </summary>
/// <remarks>
/// Few items are all looked at, which is quick and misses nothing, in 8 bits first where there is little memory. Many are found in lists of
/// near ones, which was the quickest on every data set measured and takes the least memory, or along a graph. A kind that cannot reach the
/// recall gives way to the next, and the last looks at everything in full.
/// </remarks>
internal sealed record IndexTuner
{
    /// <summary>The kind that leaves the choice to the advisor.</summary>
    public const string Automatic = "auto";

    /// <summary>Up to as many items all are looked at: that takes a fraction of a millisecond.</summary>
    private const int FewItems = 50_000;

    private const int MostEffort = 1 << 13;

    /// <summary>A kind of <see cref="IndexCatalog"/>, or <see cref="Automatic"/>.</summary>
    public string Kind { get; init; } = Automatic;

    /// <summary>Share of the exact first <see cref="K"/> to find: the lower end of the interval must reach it.</summary>
    public double TargetRecall { get; init; } = .95;

    /// <summary>Length of the lists that are measured.</summary>
    public int K { get; init; } = 10;

    /// <summary>
    /// Bytes that the arrays of the index may take; 0: as many as they need. While it is measured, an exact index stands beside it.
    /// </summary>
    public long Memory { get; init; }

    /// <param name="sample">Queries to measure with; some hundred.</param>
    /// <exception cref="InputException">An option is out of range, or no index fits into the memory.</exception>
    public TunedIndex Build(IEmbeddingModel model, QuerySample sample, IndexContext context)
    {
        if (TargetRecall is not (> 0 and < 1))
            throw new InputException($"The recall to reach must be between 0 and 1, was {TargetRecall}.");
        if (Memory < 0) throw new InputException($"The memory must be >= 0 bytes, was {Memory}.");
        var vectors = model.ItemEmbeddings;
        string[] kinds = KindsFor(vectors.Rows, vectors.Columns);

        (IIndex Index, TimeSpan Time) Built(string kind)
        {
            var clock = Stopwatch.StartNew();
            return (IndexCatalog.Find(kind).Builder(IndexMetric.InnerProduct).Build(vectors, context), clock.Elapsed);
        }
        var exact = Built("flat");
        var check = new RecallCheck(exact.Index, sample, K, context.Cancellation);
        TunedIndex? best = null;
        foreach (string kind in kinds)
        {
            var (index, time) = kind == "flat" ? exact : Built(kind);
            if (Memory > 0 && index.Description.Bytes > Memory) continue;
            var advised = Calibrated(index, time, check, sample, context.Cancellation);
            if (best is null || advised.IsReached || advised.Report.Recall.Mean > best.Report.Recall.Mean) best = advised;
            if (advised.IsReached) break;
        }
        return best ?? throw TooLarge(vectors.Rows, vectors.Columns);
    }

    /// <returns>Kinds to try, the best suited first.</returns>
    internal string[] KindsFor(int items, int dimensions)
    {
        string[] kinds =
            Kind != Automatic ? [Kind]
            : items <= FewItems ? ["flat", "int8"]
            : ["ivf", "hnsw", "int8", "bfloat16", "flat"];
        if (Kind != Automatic) IndexCatalog.Find(Kind);
        bool Fits(string kind) => Memory == 0 || LeastBytes(kind, items, dimensions) <= Memory;
        string[] fitting = [.. kinds.Where(kind => IndexCatalog.Entries.ContainsKey(kind) && Fits(kind))];
        return fitting.Length > 0 ? fitting : throw TooLarge(items, dimensions);
    }

    /// <summary>The full vectors, what a kind keeps of each number beside them, and at least something for each item.</summary>
    private static long LeastBytes(string kind, long items, int dimensions) =>
        (long)(items * ((dimensions * kind switch { "flat" => 8, "bfloat16" => 6, "ivf" => 4.25, _ => 5 }) + sizeof(int)));

    private InputException TooLarge(int items, int dimensions) => new(
        $"{(Kind == Automatic ? "No index" : $"No {Kind} index")} of {items:N0} vectors of {dimensions} dimensions fits " +
        $"into {Megabytes(Memory)}; "
        + $"int8 takes {Megabytes(LeastBytes("int8", items, dimensions))}: allow more, or train a model of fewer dimensions.");

    private static string Megabytes(long bytes) => $"{Math.Ceiling(bytes / 1e6):N0} MB";

    /// <summary>The least effort that is enough: doubled until it is, then halved in between to one part in 16.</summary>
    internal TunedIndex Calibrated(IIndex index, TimeSpan time, RecallCheck check, QuerySample sample, CancellationToken cancellation)
    {
        bool Reaches(RecallReport report) => report.Recall.Low >= TargetRecall;
        RecallReport report;
        var description = index.Description;
        if (description.Effort == 0)
        {
            report = check.Of(index, 0, cancellation);
        }
        else
        {
            // a graph keeps as many candidates as are asked for anyhow: with a lesser effort, shorter lists would be worse than what is
            // measured
            int low = 0, high = description.Kind == "hnsw" ? K : 1;
            report = check.Of(index, high, cancellation);
            while (!Reaches(report) && high < MostEffort)
            {
                (low, high) = (high, 2 * high);
                report = check.Of(index, high, cancellation);
            }
            while (Reaches(report) && low > 0 && high - low > Math.Max(1, high / 16))
            {
                int middle = (low + high) / 2;
                var tried = check.Of(index, middle, cancellation);
                if (Reaches(tried)) (high, report) = (middle, tried);
                else low = middle;
            }
        }
        return new(
            index, time, TargetRecall, report, description.Kind == "flat" || Reaches(report), ReasonFor(description, report, sample));
    }

    private string ReasonFor(IndexDescription description, RecallReport report, QuerySample sample)
    {
        string took = $"{report.Time.Mean.TotalMilliseconds:0.000} ms a query",
            exact = $"{report.ExactTime.Mean.TotalMilliseconds:0.000} ms";
        if (description.Kind == "flat") return $"flat: all {description.Count:N0} items are looked at in {took}, and nothing is missed.";
        string effort = report.Effort > 0 ? $", effort {report.Effort}" : "";
        string missed = report.Recall.Low >= TargetRecall ? "" : $", which is not surely the {TargetRecall:.###} asked for";
        return $"{description.Kind}{effort}: recall@{K} {report.Recall} on {sample.Count:N0} sampled {sample.Whose}{missed}, {took}; " +
            $"exact would take {exact}.";
    }
}
