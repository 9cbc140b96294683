using Kindred.Comparison;
using Kindred.Models;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Renewal.Readiness;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Renewal;

public sealed class ReadinessTests
{
    [Fact]
    public void The_curve_of_exact_points_is_found()
    {
        var curve = GrowthCurve.Fit([.. new double[] { 1_000, 2_000, 4_000, 8_000 }.Select(n => (n, .1 - (2 * Math.Pow(n, -.5))))]);
        Assert.Equal((.1, 2, .5), (curve.A, curve.B, curve.C), Near);
        Assert.Equal(.1 - (2 * Math.Pow(100_000, -.5)), curve.At(100_000), 1e-9);
    }

    [Fact]
    public void More_events_are_not_taken_to_do_harm()
    {
        var curve = GrowthCurve.Fit([(1_000, .03), (2_000, .02), (4_000, .01)]);
        Assert.Equal((.02, 0), (curve.A, curve.B));
    }

    [Theory]
    [InlineData(.10, .001, "It pays now.")]
    [InlineData(-.10, .001, "More events of this kind are not expected to make it pay.")]
    public void A_clear_gain_is_said_clearly(double gain, double half, string outlook)
    {
        GrowthPoint[] points = [.. new[] { 1_000, 2_000, 4_000, 8_000 }
            .Select(n => new GrowthPoint(n, gain, gain - half, gain + half, 500))];
        Assert.Equal(outlook, Judge(points).Outlook);
    }

    [Fact]
    public void A_growing_gain_gets_a_date()
    {
        // .02 − n^−½ is 0 at n = 2,500; known exactly, it is above 0 soon after that.
        GrowthPoint[] points =
        [
            .. new[] { 200, 400, 800, 1_600 }.Select(n => .02 - Math.Pow(n, -.5)).Zip(
                new[] { 200, 400, 800, 1_600 }, (gain, n) => new GrowthPoint(n, gain, gain - 1e-6, gain + 1e-6, 500)),
        ];
        var readiness = Judge(points, events: 2_000, perDay: 100);
        Assert.StartsWith("It may pay with about 2,", readiness.Outlook, StringComparison.Ordinal);
        Assert.InRange(readiness.Gain!.Value, -.0025, -.0022); // .02 − 2,000^−½
    }

    [Fact]
    public void With_few_users_nothing_is_promised()
    {
        var readiness = Judge([]);
        Assert.Equal((null, "Too few users come back to tell: fewer than 30 can be measured."), (readiness.Gain, readiness.Outlook));
    }

    [Fact]
    public void One_point_is_no_curve_however_many_users_it_has() => Assert.Equal(
        "The events are too few, or too close together in time, for a curve.", Judge([new(5, 0, 0, 0, 501)]).Outlook);

    [Fact]
    public void The_doctor_examines_real_data()
    {
        var data = new StoredData(MovieLensSmall.OfFilmsWith(20), 7, 0, 0);
        // a model that cannot be trained in time is in the report all the same
        var report = Doctor.Examine(
            data, TrainerCatalog.Default, DateTimeOffset.UnixEpoch, new() { Workers = 2 }, _ => { }, TimeSpan.FromSeconds(2));
        Assert.Equal(TrainerCatalog.Default.Entries.Keys, report.Models.Select(model => model.Model.Split(':')[0]));
        Assert.All(report.Models, model => Assert.EndsWith(".", model.Reason, StringComparison.Ordinal));
        Assert.All(report.Models, model => Assert.EndsWith(".", model.Outlook, StringComparison.Ordinal));
        Assert.All(report.Models, model => Assert.Contains(model.CanTrain, (string[])["yes", "limited", "no"]));
        Assert.Equal("It is what the others are compared with.", report.Models[0].Outlook);
        Assert.Contains(report.Models, model => model.Gain is not null);
        Assert.All(report.Models.Where(model => model.Gain is not null),
            model => Assert.InRange(model.Gain!.Value, model.Low!.Value, model.High!.Value));
    }

    [Fact]
    public void A_model_that_takes_too_long_is_said_to()
    {
        var data = new StoredData(MovieLensSmall.OfFilmsWith(20), 7, 0, 0);
        var report = Doctor.Examine(data, TrainerCatalog.Default, DateTimeOffset.UnixEpoch, new(), _ => { }, TimeSpan.FromTicks(1));
        var model = report.Models.Single(model => model.Model == "item-knn");
        Assert.EndsWith("takes more than 0 s.", model.Reason, StringComparison.Ordinal);
        Assert.Equal(("Not measured.", null), (model.Outlook, model.Gain));
    }

    [Fact]
    public void Models_of_ratings_need_ratings_and_models_of_attributes_attributes()
    {
        var data = EventList.Of(
            from user in Enumerable.Range(0, 20) from n in Enumerable.Range(0, 10) select ($"u{user}", $"i{n}", (n * 9_000L) + user, 1f));
        var report = Doctor.Examine(
            new(data, 200, 0, 0), TrainerCatalog.Default, DateTimeOffset.UnixEpoch, new(), _ => { }, TimeSpan.FromSeconds(1));
        foreach (string name in (string[])["bias", "slope-one", "mf", "rating-knn", "content-knn", "marec"])
            Assert.Equal("no", report.Models.Single(model => model.Model == name).CanTrain);
        Assert.Equal("There are no item attributes; import a table of items by id.",
            report.Models.Single(model => model.Model == "content-knn").Reason);
    }

    [Fact]
    public void Without_pairs_no_personal_model_can_be_trained()
    {
        var data = EventList.Of(Enumerable.Range(0, 200).Select(n => ($"u{n}", $"i{n % 7}", n * 1_000L, 1f)));
        var report = Doctor.Examine(new(data, 200, 0, 0), TrainerCatalog.Default, DateTimeOffset.UnixEpoch, new(), _ => { });
        Assert.All(report.Models.Skip(1), model => Assert.Equal(("no", "Not with these events."), (model.CanTrain, model.Outlook)));
    }

    [Fact]
    public void With_little_data_popularity_is_chosen()
    {
        var data = EventList.Of(
            from user in Enumerable.Range(0, 20) from n in Enumerable.Range(0, 10) select ($"u{user}", $"i{n}", (n * 9_000L) + user, 1f));
        var plan = Stages.Choose(data, GateWindow.Split(data, 7), null, new(), _ => { });
        Assert.Equal((1, "popularity", false), (plan.Stage, plan.Name, plan.IsPersonal));
        Assert.Contains("30 are needed", plan.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_chosen_once_is_chosen_again_and_half_lives_each_time_anew()
    {
        var data = MovieLensSmall.OfFilmsWith(20);
        Split split = new GlobalTimeSplit { TestFraction = .2, ValidationFraction = .2 }.Split(data);
        var context = new TrainingContext { Workers = 2 };
        var first = Stages.Choose(data, split, null, context, _ => { });
        var again = Stages.Choose(data, split, first, context, _ => { });
        Assert.True(again.IsSameAs(first), $"{first.Name}, then {again.Name}: {again.Why}");
        // what it was chosen from is kept, best first, beside popularity
        Assert.Equal(first.Compared.OrderByDescending(one => one.Value).Select(one => one.Name), first.Compared.Select(one => one.Name));
        Assert.Single(first.Compared, one => one.Difference is null);
        Assert.Contains(first.Compared, one => one.Name == first.Name);
        // a half-life costs nothing to change: what is served has no privilege
        Assert.False(first.IsPersonal);
        double days = (double)first.Model!.Options["halfLifeDays"]!;
        var other = ModelSpec.Parse(FormattableString.Invariant($"popularity:halfLifeDays={days * 50}"));
        Assert.Equal(first.Name, Stages.Choose(data, split, new(other, other), context, _ => { }).Name);
    }

    /// <summary>
    /// Known users buy what goes with what they have, and nothing else tells; newcomers, three of four visitors, buy what is new this
    /// week. A personal model, with what is popular of late for newcomers, is better than either alone.
    /// </summary>
    [Fact]
    public void Personal_models_are_compared_as_they_would_be_served()
    {
        var known = ReplayFromZeroTests.Visits(days: 100);
        var newcomers = from day in Enumerable.Range(0, 100)
                        from visitor in Enumerable.Range(0, 120)
                        select ($"n{day}-{visitor}", $"new{day / 5}", (day * 86_400L) + 1_000 + visitor, 1f);
        var data = EventList.Of(known.Concat(newcomers));
        var plan = Stages.Choose(data, GateWindow.Split(data, 7), null, new() { Workers = 2 }, _ => { });
        Assert.True(plan.IsPersonal, $"{plan.Name}: {plan.Why} {string.Join("; ", plan.Compared)}");
        Assert.NotEqual("popularity", plan.Fallback.Name); // newcomers get what is popular of late
    }

    private static ModelReadiness Judge(GrowthPoint[] points, int events = 10_000, double perDay = 1_000) => Doctor.Judge(
        "item-knn", new Suitability("item-knn", Adequacy.Yes, "Enough."), new(points), events, perDay, DateTimeOffset.UnixEpoch, seed: 0);

    private static bool Near((double A, double B, double C) one, (double A, double B, double C) other) =>
        Math.Abs(one.A - other.A) < 1e-9 && Math.Abs(one.B - other.B) < 1e-6 && Math.Abs(one.C - other.C) < 1e-9;
}
