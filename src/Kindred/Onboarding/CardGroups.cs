using Kindred.Data;

namespace Kindred.Onboarding;

/// <summary>
/// Groups of items as cards: a click on a group says more than one on an item, and takes less time. S. Chang, F. Harper, L. Terveen, "Using
/// Groups of Items for Preference Elicitation in Recommender Systems", CSCW 2015: items are clustered by their embeddings, and a group
/// is shown by its title and a few well-known items.
/// </summary>
/// <remarks>The title is made of the labels that are more frequent in the group than elsewhere; without labels, of titles.</remarks>
internal static class CardGroups
{
    private const int Examples = 3, MostLabels = 2;

    /// <param name="labels">[items] Null: there are none.</param>
    /// <param name="titleOf">Of an item.</param>
    /// <returns>Groups, the one with most likes first; cards by number.</returns>
    public static IReadOnlyList<CardGroup> From(
        CardPool pool, CardFactors factors, int count, LabelColumn? labels, Func<int, string> titleOf)
    {
        int[] clusters = CardSelection.ClustersOf(factors, Math.Min(count, pool.Cards));
        double[] shares = pool.LikedShares();
        return
        [
            .. Enumerable.Range(0, pool.Cards).GroupBy(card => clusters[card])
                .OrderByDescending(group => group.Sum(card => shares[card])).ThenBy(group => group.Key)
                .Select(group =>
                {
                    int[] cards = [.. group.OrderByDescending(card => shares[card]).ThenBy(card => card)];
                    int[] examples = cards[..Math.Min(Examples, cards.Length)];
                    string title = TitleOf(pool, cards, labels)
                        ?? string.Join(", ", examples.Take(2).Select(card => titleOf(pool.Items.Span[card])));
                    return new CardGroup(title, examples);
                }),
        ];
    }

    private static string? TitleOf(CardPool pool, int[] cards, LabelColumn? labels)
    {
        if (labels is null) return null;
        var (here, all) = (new int[labels.Labels.Count], new int[labels.Labels.Count]);
        foreach (int item in pool.Items.Span) foreach (int label in labels[item]) all[label]++;
        foreach (int card in cards) foreach (int label in labels[pool.Items.Span[card]]) here[label]++;
        // how many more there are than expected: a rare label that all have says less than a frequent one that most have
        double Surplus(int label) => here[label] - ((double)all[label] * cards.Length / pool.Cards);
        string[] best = [.. Enumerable.Range(0, here.Length).Where(label => here[label] > 0 && Surplus(label) > 0)
            .OrderByDescending(Surplus).ThenBy(label => label).Take(MostLabels).Select(labels.Labels.Id)];
        return best.Length == 0 ? null : string.Join(", ", best);
    }
}

/// <summary>Items that are liked together.</summary>
/// <param name="Examples">Cards by number; who picks the group picks these.</param>
internal sealed record CardGroup(string Title, IReadOnlyList<int> Examples);
