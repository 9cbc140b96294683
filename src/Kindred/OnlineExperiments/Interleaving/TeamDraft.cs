using Kindred.Numerics;

namespace Kindred.OnlineExperiments.Interleaving;

/// <summary>Whose item it is in a list of two recommenders.</summary>
public enum InterleavingTeam
{
    /// <summary>Of neither: one of the lists was at its end. It earns no credit.</summary>
    None,

    Control,

    Treatment,
}

/// <param name="Item">Its id.</param>
public readonly record struct InterleavedItem(string Item, InterleavingTeam Team);

/// <summary>
/// Makes one list of two, as two captains pick teams: whose turn it is first in each round is drawn, and each picks its best item that is
/// still free. F. Radlinski, M. Kurup, T. Joachims, "How Does Clickthrough Data Reflect Retrieval Quality?", CIKM 2008.
/// </summary>
/// <remarks>
/// Each user compares both recommenders in one list, so that what makes users differ cancels: far fewer users are needed than for an A/B
/// test. It answers which order is liked better, not what the better one is worth.
/// </remarks>
public static class TeamDraft
{
    /// <param name="count">Items of the list; fewer where the lists have no more.</param>
    /// <param name="rng">Tosses the coins: seed it by the request, so that the same request gives the same list.</param>
    public static IReadOnlyList<InterleavedItem> Interleave(
        IReadOnlyList<string> control, IReadOnlyList<string> treatment, int count, Rng rng)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        ArgumentNullException.ThrowIfNull(rng);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var list = new List<InterleavedItem>(count);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        int nextControl = 0, nextTreatment = 0, picks = 0; // picks: of control less those of the treatment
        while (list.Count < count)
        {
            bool hasControl = Skip(control, taken, ref nextControl), hasTreatment = Skip(treatment, taken, ref nextTreatment);
            if (!hasControl && !hasTreatment) break;
            bool isFair = hasControl && hasTreatment;
            bool controlPicks = isFair ? picks < 0 || (picks == 0 && rng.NextInt(2) == 0) : hasControl;
            string item = controlPicks ? control[nextControl] : treatment[nextTreatment];
            taken.Add(item);
            picks += controlPicks ? 1 : -1;
            list.Add(new(item, !isFair ? InterleavingTeam.None : controlPicks ? InterleavingTeam.Control : InterleavingTeam.Treatment));
        }
        return list;
    }

    /// <returns>Whether an item is left.</returns>
    private static bool Skip(IReadOnlyList<string> list, HashSet<string> taken, ref int next)
    {
        while (next < list.Count && taken.Contains(list[next])) next++;
        return next < list.Count;
    }
}
