using Kindred.Numerics;

namespace Kindred.ExposureContracts;

/// <summary>An item that a contract would like to show in an answer.</summary>
/// <param name="Item">Any number that the caller knows it by.</param>
/// <param name="AllowedAt">[list] Whether filters, rules and limits let it stand in the place of each position; null: everywhere.</param>
internal readonly record struct ContractOffer(int Item, AppealTable Appeal, IReadOnlyList<bool>? AllowedAt = null);

/// <summary>Which positions contracts may fill.</summary>
/// <param name="First">From 0.</param>
/// <param name="Last">At least the first.</param>
internal readonly record struct ContractSlots(int First, int Last);

/// <summary>Puts at most one item under contract into a list, in the place of another one.</summary>
/// <remarks>
/// One of the free slots is drawn, each with the chance q / slots, q = <see cref="Share"/>; of the offers that the budget lets show there,
/// the one that is best in one draw of all appeals. Where it lets none, the list stays as it is. The predicted cost of a placement is what
/// clicks are expected to be lost, examination(slot) · (appeal displaced − appeal placed), and never negative: what a good item may win is
/// not spent again.
/// </remarks>
internal sealed record ContractPlacement
{
    /// <summary>Of the answers that could have a placement; the others show what would have stood there, in every slot.</summary>
    public const double Share = .9;

    /// <summary>The item placed; −1: none was.</summary>
    public int Item { get; private init; } = -1;

    /// <summary>Where, from 0.</summary>
    public int Slot { get; private init; } = -1;

    /// <summary>Expected clicks that the placement loses, ≥ 0.</summary>
    public double Cost { get; private init; }

    /// <summary>[list] The chance that each position has what it has, given the positions above it.</summary>
    public required IReadOnlyList<double> Propensities { get; init; }

    /// <param name="displaced">[list] Expected appeal of each item of the list; NaN: it must stay.</param>
    /// <param name="offers">None of them is in the list.</param>
    /// <param name="budget">The highest cost, in expected clicks.</param>
    /// <param name="rng">Of this request alone.</param>
    public static ContractPlacement Choose(
        ReadOnlySpan<double> displaced, IReadOnlyList<ContractOffer> offers, ContractSlots slots, double budget, Rng rng)
    {
        double[] propensities = new double[displaced.Length];
        propensities.AsSpan().Fill(1);
        var free = new List<int>();
        for (int slot = slots.First; slot <= Math.Min(slots.Last, displaced.Length - 1); slot++)
            if (!double.IsNaN(displaced[slot])) free.Add(slot);
        var none = new ContractPlacement { Propensities = propensities };
        if (free.Count == 0 || offers.Count == 0) return none;

        double drawn = rng.NextDouble() / Share;
        int chosen = drawn < 1 ? free[(int)(drawn * free.Count)] : -1;
        double left = 1, each = Share / free.Count; // left: the chance that no position above has a placement
        foreach (int slot in free)
        {
            var possible = Possible(displaced[slot], slot, offers, budget);
            if (possible.Count == 0) continue;
            if (slot != chosen)
            {
                propensities[slot] = (left - each) / left;
                left -= each;
                continue;
            }
            AppealTable[] appeals = [.. possible.Select(offer => offer.Appeal)];
            int best = ThompsonChoice.Choose(appeals, rng);
            propensities[slot] = each / left * ThompsonChoice.ChanceOf(appeals, best);
            return none with
            {
                Item = possible[best].Item,
                Slot = slot,
                Cost = CostOf(displaced[slot], possible[best].Appeal.Appeal.Mean, slot),
            };
        }
        return none;
    }

    /// <returns>Expected clicks that are lost.</returns>
    /// <param name="slot">From 0.</param>
    public static double CostOf(double displaced, double placed, int slot) => Examination.At(slot) * Math.Max(0, displaced - placed);

    /// <returns>Expected clicks of a list.</returns>
    /// <param name="appeals">[list]</param>
    public static double ValueOf(ReadOnlySpan<double> appeals)
    {
        double value = 0;
        for (int position = 0; position < appeals.Length; position++) value += Examination.At(position) * appeals[position];
        return value;
    }

    private static IReadOnlyList<ContractOffer> Possible(
        double displaced, int slot, IReadOnlyList<ContractOffer> offers, double budget) =>
        [.. offers.Where(offer =>
            offer.AllowedAt?[slot] != false && CostOf(displaced, offer.Appeal.Appeal.Mean, slot) <= budget)];
}
