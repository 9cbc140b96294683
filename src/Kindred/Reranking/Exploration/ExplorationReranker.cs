using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Kindred.Reranking.Exploration;

/// <summary>A stage that fills the first places at random, and says with which propensity.</summary>
internal abstract record ExplorationReranker : Reranker
{
    [Description("Number of places to fill at random."), Range(1, 10_000)]
    public int Count { get; set; } = 10;

    [Description("Number of best candidates to draw from."), Range(1, 10_000)]
    public int Among { get; set; } = 50;

    [Description("Random seed.")]
    public int Seed { get; set; }
}
