using Kindred.Models;
using Kindred.Ranking;

namespace Kindred.Boosting;

/// <summary>How many trees are enough is found out on users kept apart; then all of them teach so many trees.</summary>
internal static class ChosenTrees
{
    /// <summary>So many trees do not learn few lists by heart.</summary>
    private const int TreesOfFew = 60;

    private const int Patience = 50;

    /// <summary>With fewer than 200 lists nobody is kept apart, and 60 trees are grown at most.</summary>
    /// <param name="trees">Those of its options are the most; <see cref="BoostedTrees.EarlyStopping"/> is not looked at.</param>
    /// <exception cref="InputException">See <see cref="BoostedTrees.Train"/>.</exception>
    public static Forest TrainChoosingTrees(this BoostedTrees trees, RankingExamples examples, TrainingContext context)
    {
        var all = RankingData.Of(examples);
        if (examples.KeepingApart(context.Seed) is not var (training, measured))
            return trees.OfMost(Math.Min(trees.Options.Trees, TreesOfFew)).Train(all, null, context);
        var chosen = (trees with { EarlyStopping = Patience }).Train(RankingData.Of(training), RankingData.Of(measured), context);
        return trees.OfMost(chosen.Trees).Train(all, null, context);
    }

    private static BoostedTrees OfMost(this BoostedTrees trees, int most) =>
        trees with { EarlyStopping = 0, Options = trees.Options with { Trees = most } };
}
