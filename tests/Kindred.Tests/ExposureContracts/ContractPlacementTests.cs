using CsCheck;
using Kindred.ExposureContracts;
using Kindred.Numerics;

namespace Kindred.Tests.ExposureContracts;

public sealed class ContractPlacementTests
{
    private static readonly ContractSlots Slots = new(3, 9);

    private static readonly Gen<Appeal> Appeals = Gen.Select(Gen.Double[.2, 30], Gen.Double[1, 300], (a, b) => new Appeal(a, b));

    [Fact]
    public void The_cost_is_what_clicks_are_expected_to_be_lost()
    {
        Assert.Equal((.2 - .05) / Math.Log2(5), ContractPlacement.CostOf(.2, .05, 3), 1e-12);
        Assert.Equal(0, ContractPlacement.CostOf(.05, .2, 3));
        Assert.Equal(.2 + (.1 / Math.Log2(3)), ContractPlacement.ValueOf([.2, .1]), 1e-12);
    }

    /// <summary>Two uniform appeals: each is the better one as often.</summary>
    [Fact]
    public void Equal_appeals_have_equal_chances()
    {
        AppealTable[] same = [new(new(1, 1)), new(new(1, 1)), new(new(1, 1))];
        Assert.Equal(1.0 / 3, ThompsonChoice.ChanceOf(same, 0), 1e-9);
        // P(X > Y), X uniform, Y ~ Beta(2, 1): ∫ y² dx = 1/3; the cells differ from Beta by little
        Assert.Equal(1.0 / 3, ThompsonChoice.ChanceOf([new(new(1, 1)), new(new(2, 1))], 0), 1e-3);
    }

    [Fact]
    public void Chances_add_up_to_one() => Appeals.Array[1, 40].Sample(appeals =>
    {
        AppealTable[] tables = [.. appeals.Select(appeal => new AppealTable(appeal))];
        double sum = Enumerable.Range(0, tables.Length).Sum(n => ThompsonChoice.ChanceOf(tables, n));
        Assert.Equal(1, sum, tables.Length <= 10 ? 1e-9 : 1e-4);
    }, iter: 200);

    [Fact]
    public void Draws_follow_the_appeal()
    {
        var table = new AppealTable(new(3, 57));
        var rng = new Rng(3);
        Assert.Equal(.05, Enumerable.Range(0, 100_000).Average(_ => table.Draw(rng)), .001);
    }

    /// <summary>The logged chance of everything that a list may become is how often it becomes that.</summary>
    [Fact]
    public void Propensities_are_frequencies()
    {
        const int Times = 200_000;
        double[] displaced = [.3, .2, .2, .15, double.NaN, .1, .1, .1]; // the slots 3, 5, 6 and 7 are free
        ContractOffer[] offers =
            [new(100, new(new(2, 30))), new(101, new(new(1, 9))), new(102, new(new(6, 100))), new(103, new(new(.5, 40))),
             new(104, new(new(3, 20)), [true, true, true, true, true, true, false, true])];
        // at slot 3, the two with an expected appeal of at most .0625 cost more than that
        double budget = ContractPlacement.CostOf(.15, .06, 3);
        var happened = new Dictionary<string, (int Count, double Chance)>();
        for (int time = 0; time < Times; time++)
        {
            var placed = ContractPlacement.Choose(displaced, offers, Slots, budget, new Rng((ulong)time).Fork("contracts"));
            string what = $"{placed.Slot} {placed.Item}";
            double chance = placed.Propensities.Aggregate(1.0, (product, next) => product * next);
            var before = happened.GetValueOrDefault(what);
            if (before.Count > 0) Assert.Equal(before.Chance, chance, 1e-12);
            happened[what] = (before.Count + 1, chance);
        }
        Assert.Equal(1, happened.Values.Sum(pair => pair.Chance), 1e-6); // everything that can happen did
        Assert.Contains("-1 -1", happened);
        Assert.DoesNotContain("3 103", happened); // costs too much there
        Assert.Contains("5 103", happened);
        Assert.DoesNotContain("6 104", happened); // may not stand there
        Assert.Contains("7 104", happened);
        foreach (var (what, (count, chance)) in happened)
        {
            double error = Math.Sqrt(chance * (1 - chance) / Times);
            Assert.True(
                Math.Abs((count / (double)Times) - chance) < (5 * error) + 1e-6, $"{what}: {count} of {Times}, {chance:F5} expected");
        }
    }

    [Fact]
    public void A_placement_keeps_its_bounds() => Gen.Select(
        Gen.Double[0, .5].Array[0, 14], Appeals.Array[0, 12], Gen.Int[0, 6], Gen.Int[0, 9], Gen.Double[0, .2], Gen.ULong).Sample(
        (displaced, appeals, first, more, budget, seed) =>
        {
            ContractOffer[] offers = [.. appeals.Select((appeal, n) => new ContractOffer(1_000 + n, new(appeal)))];
            var slots = new ContractSlots(first, first + more);
            var placed = ContractPlacement.Choose(displaced, offers, slots, budget, new Rng(seed));
            var again = ContractPlacement.Choose(displaced, offers, slots, budget, new Rng(seed));
            Assert.Equal((placed.Item, placed.Slot, placed.Cost), (again.Item, again.Slot, again.Cost));
            Assert.Equal(displaced.Length, placed.Propensities.Count);
            Assert.All(placed.Propensities, propensity => Assert.InRange(propensity, 1e-300, 1));
            for (int position = 0; position < displaced.Length; position++)
                if (position < slots.First || position > slots.Last) Assert.Equal(1, placed.Propensities[position]);
            if (placed.Item < 0)
            {
                Assert.Equal((-1, 0.0), (placed.Slot, placed.Cost));
                return;
            }
            Assert.InRange(placed.Slot, slots.First, Math.Min(slots.Last, displaced.Length - 1));
            Assert.Contains(offers, offer => offer.Item == placed.Item);
            Assert.InRange(placed.Cost, 0, budget);
        });

    /// <summary>Answer after answer, what is spent stays within its share of what all answers are expected to earn.</summary>
    [Fact]
    public void The_budget_is_never_exceeded() => Gen.Select(Gen.Double[0, .2], Gen.ULong).Sample((share, seed) =>
    {
        var rng = new Rng(seed);
        var budget = new ContractBudget(share);
        for (int answer = 0; answer < 300; answer++)
        {
            double[] displaced = [.. Enumerable.Range(0, 10).Select(_ => rng.NextDouble() * .3)];
            ContractOffer[] offers = [new(0, new(new(.2 + rng.NextDouble(), 50))), new(1, new(new(1, 5)))];
            double value = ContractPlacement.ValueOf(displaced);
            double most = (budget with { Value = budget.Value + value }).Left;
            double cost = ContractPlacement.Choose(displaced, offers, Slots, most, rng.Fork("answer", answer)).Cost;
            budget = budget with { Value = budget.Value + value, Spent = budget.Spent + cost };
            Assert.True(budget.Spent <= (share * budget.Value) + 1e-9);
        }
    }, iter: 30);
}
