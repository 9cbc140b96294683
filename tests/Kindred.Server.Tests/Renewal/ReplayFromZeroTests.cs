using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Server.Renewal.Readiness;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Renewal;

public sealed class ReplayFromZeroTests
{
    private static readonly ReplayFromZero Replay = new(new PipelineTrainer(), TrainerCatalog.Default, new() { Workers = 2 });

    /// <summary>400 users come back every tenth day, 40 a day, each for another item of the 20 of their kind; there are 20 kinds.</summary>
    internal static IEnumerable<(string User, string Item, long Time, float Weight)> Visits(int days) =>
        from day in Enumerable.Range(0, days)
        from visitor in Enumerable.Range(0, 40)
        let user = ((day * 40) + visitor) % 400
        select ($"u{user}", $"k{user % 20}-{((day / 10 * 3) + (user / 20)) % 20}", (day * 86_400L) + visitor, 1f);

    private static Interactions Shop(int days) => EventList.Of(Visits(days));

    [Fact]
    public void A_shop_that_users_come_back_to_gets_a_personal_model()
    {
        ZeroStep[] steps = [.. Replay.Run(Shop(days: 190))];
        Assert.Equal(1, steps[0].Plan.Stage);
        Assert.Equal("popularity", steps[0].Plan.Model!.TrainerName);
        Assert.True(steps[^1].Plan.IsPersonal, steps[^1].Plan.Why);
        Assert.True(steps[^1].Gain!.Low > 0);
        Assert.Equal(steps.Select(step => step.Events).Order(), steps.Select(step => step.Events));
        Assert.All(steps, step => Assert.EndsWith(".", step.Plan.Why, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_served_is_measured_against_popularity_on_what_came_next()
    {
        // popularity against itself
        var first = Replay.Run(Shop(days: 30)).First();
        Assert.Equal((0, 0, 0), (first.Gain!.Difference, first.Gain.Low, first.Gain.High));
        Assert.Equal(first.Users, first.Gain.Users);
    }

    [Fact]
    public void Too_few_events_are_refused() => Assert.Contains(
        "at least 106", Assert.Throws<InputException>(() => Replay.Run(Shop(days: 1)).ToList()).Message, StringComparison.Ordinal);
}
