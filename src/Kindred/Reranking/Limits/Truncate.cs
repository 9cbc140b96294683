using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Limits;

/// <summary>Keeps the first candidates alone, so that the stages behind it have less to do.</summary>
[Description("Keep the best candidates.")]
internal sealed record Truncate : Reranker
{
    [Description("Number of candidates to keep."), Range(1, 100_000)]
    public required int Count { get; set; }

    /// <summary>Binds it: it needs candidates alone.</summary>
    public IStage Bind() => Bind(RerankingInputs.None);

    private protected override IStage BindTo(RerankingInputs inputs) => new Bound(Count);

    private sealed class Bound(int count) : IExplainingStage
    {
        public bool HoldsForFallback => true;

        public int MostLeft => count;

        public void Apply(in Query query, Candidates candidates) => candidates.Truncate(count);

        public IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place) =>
            place < count ? [] : [new Reason(string.Create(CultureInfo.InvariantCulture, $"rank {place + 1}, and {count} are kept"))];
    }
}
