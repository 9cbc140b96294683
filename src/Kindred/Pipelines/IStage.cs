using Kindred.Models;

namespace Kindred.Pipelines;

/// <summary>Transforms candidates. A filter removes, a ranker re-scores each one, a re-ranker re-orders the list.</summary>
internal interface IStage
{
    /// <summary>
    /// True for filters, rules and limits: what they say holds for the candidates of a fallback as well. False: the stage orders what
    /// speaks to the user's taste; it does not see a fallback's candidates, which stay behind all others in their order.
    /// </summary>
    bool HoldsForFallback => false;

    /// <summary>The most candidates it leaves, however many it gets.</summary>
    int MostLeft => int.MaxValue;

    /// <summary>Whether it fills places at random, with propensities.</summary>
    bool IsRandom => false;

    void Apply(in Query query, Candidates candidates);
}

/// <summary>A stage that can say why it treats an item as it does.</summary>
internal interface IExplainingStage : IStage
{
    /// <param name="before">The candidates as the stage gets them.</param>
    /// <param name="place">Of the item among them.</param>
    /// <returns>The most important first; none where nothing concerns the item.</returns>
    IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place);
}

/// <summary>A stage in a pipeline.</summary>
internal sealed record Stage(string Name, IStage Action);
