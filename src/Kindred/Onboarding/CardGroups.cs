using Kindred.Data;

namespace Kindred.Onboarding;

/// <summary>
/// Groups of items as cards: a click on a group says more than one on an item, and takes less time. S. Chang, F. Harper, L. Terveen, "Using
/// Groups of Items for Preference Elicitation in Recommender Systems", CSCW 2015: items are clustered by their embeddings, and a group
/// is shown by its title and a few well-known items.
/// </summary>
/// <remarks>
/// The title is made of the labels that are more frequent in the group than elsewhere, so many of them that no other group has the same;
/// where there are none, or all are taken, of titles of its items.
/// </remarks>
internal static class CardGroups
{
    private const int Examples = 3, UsualLabels = 2, MostLabels = 4;

    /// <param name="labels">[items] Null: there are none.</param>
    /// <param name="titleOf">Of an item.</param>
    /// <returns>Groups, the one with most likes first; cards by number.</returns>
    public static IReadOnlyList<CardGroup> From(
        CardPool pool, CardFactors factors, int count, LabelColumn? labels, Func<int, string> titleOf)
    {
        int[] clusters = CardSelection.ClustersOf(factors, Math.Min(count, pool.Cards));
        double[] shares = pool.LikedShares();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. Enumerable.Range(0, pool.Cards).GroupBy(card => clusters[card])
                .OrderByDescending(group => group.Sum(card => shares[card])).ThenBy(group => group.Key)
                .Select(group =>
                {
                    int[] cards = [.. group.OrderByDescending(card => shares[card]).ThenBy(card => card)];
                    int[] examples = cards[..Math.Min(Examples, cards.Length)];
                    string title = TitleOf(pool, cards, labels, taken)
                        ?? string.Join(", ", examples.Take(2).Select(card => titleOf(pool.Items.Span[card])));
                    return new CardGroup(title, examples);
                }),
        ];
    }

    /// <param name="taken">Labels of the groups before, in alphabetical order: the same words in another order look alike.</param>
    private static string? TitleOf(CardPool pool, int[] cards, LabelColumn? labels, HashSet<string> taken)
    {
        if (labels is null) return null;
        var (here, all) = (new int[labels.Labels.Count], new int[labels.Labels.Count]);
        foreach (int item in pool.Items.Span) foreach (int label in labels[item]) all[label]++;
        foreach (int card in cards) foreach (int label in labels[pool.Items.Span[card]]) here[label]++;
        // how many more there are than expected: a rare label that all have says less than a frequent one that most have
        double Surplus(int label) => here[label] - ((double)all[label] * cards.Length / pool.Cards);
        string[] best = [.. Enumerable.Range(0, here.Length).Where(label => here[label] > 0 && Surplus(label) > 0)
            .OrderByDescending(Surplus).ThenBy(label => label).Take(MostLabels).Select(labels.Labels.Id)];
        for (int count = Math.Min(UsualLabels, best.Length); count <= best.Length && count > 0; count++)
            if (taken.Add(string.Join('\n', best.Take(count).Order(StringComparer.Ordinal)))) return string.Join(", ", best.Take(count));
        return null;
    }
}

/// <summary>Items that are liked together.</summary>
/// <param name="Examples">Cards by number; who picks the group picks these.</param>
internal sealed record CardGroup(string Title, IReadOnlyList<int> Examples);
