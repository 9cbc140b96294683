using System.Runtime.CompilerServices;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval.Recall;
using Kindred.Snapshots;

namespace Kindred.Server;

/// <summary>What the server keeps beside a snapshot as long as it lives.</summary>
/// <param name="Filters">Of its items.</param>
/// <param name="Sampler">Null where no index answers, or nothing is to be measured.</param>
internal sealed record Companion(FilterCache Filters, RecallSampler? Sampler)
{
    /// <summary>Lets the sampler have a request that an index answered; costs nothing but counting for most of them.</summary>
    /// <param name="count">How many items were asked for.</param>
    public void Offer(LiveSnapshot holder, Snapshot snapshot, in Query query, int count, IReadOnlyList<Candidate> candidates)
    {
        if (Sampler is null || query.History.IsEmpty || !Sampler.IsNext()) return;
        var lease = holder.TryAcquire(); // its own: the request ends before it is measured
        if (lease is null || lease.Snapshot != snapshot)
        {
            lease?.Dispose();
            return;
        }
        Sampler.Offer(new(snapshot.Exact, query, count, [.. candidates.Where(candidate => candidate.Source == Snapshot.FromModel)], lease));
    }
}

/// <summary>The companion of each snapshot; it goes when the snapshot goes.</summary>
/// <param name="recallSample">See <see cref="ServerOptions.RecallSample"/>.</param>
internal sealed class Companions(double recallSample)
{
    private readonly ConditionalWeakTable<Snapshot, Companion> _companions = [];

    public double RecallSample => recallSample;

    public Companion Of(Snapshot snapshot) => _companions.GetValue(snapshot, served => new(
        new FilterCache(served.ItemCatalog), served.Index is null || recallSample == 0 ? null : new RecallSampler(recallSample)));
}
