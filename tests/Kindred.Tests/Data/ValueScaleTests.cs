using CsCheck;
using Kindred.Data;
using Kindred.Models;

namespace Kindred.Tests.Data;

public sealed class ValueScaleTests
{
    [Fact]
    public void The_spread_of_the_values_chooses()
    {
        Assert.Equal(ValueScale.Raw, ValueScale.For([]));
        Assert.Equal(ValueScale.Raw, ValueScale.For([1, 2, 2, 3, 10]));
        // Nine purchases in ten are of one or two, a few of hundreds.
        float[] quantities = [.. Enumerable.Repeat(1f, 60), .. Enumerable.Repeat(2f, 35), .. Enumerable.Repeat(500f, 5)];
        Assert.Equal(new(ValueScaling.Cap, 2), ValueScale.For(quantities));
        float[] plays = [.. Enumerable.Range(0, 101).Select(n => MathF.Pow(10, n / 25f))]; // 1 to 10,000
        Assert.Equal(new(ValueScaling.Log, 100), ValueScale.For(plays));
    }

    [Fact]
    public void Weights_are_what_the_description_says()
    {
        Assert.Equal([1 + MathF.Log10(1.5f), 1 + MathF.Log10(2), 4], Weights(new(ValueScaling.Log, 2), 1, 2, 1998), IsNear);
        Assert.Equal([1, 2, 2], Weights(new(ValueScaling.Cap, 2), 1, 2, 1998));
        Assert.Equal([1, 1, 1], Weights(new(ValueScaling.None), 1, 2, 1998));
        Assert.Equal([1, 2, 1998], Weights(ValueScale.Raw, 1, 2, 1998));
    }

    [Fact]
    public void A_larger_value_never_weighs_less_and_every_weight_is_above_0() => Gen.Select(
        Gen.Float[1e-30f, 1e9f].Array[1, 50], Gen.Enum<ValueScaling>()).Sample((values, scaling) =>
    {
        var scale = ValueScale.Of(scaling, values);
        float[] weights = Weights(scale, [.. values.Order()]);
        Assert.All(weights, weight => Assert.True(weight > 0 && float.IsFinite(weight)));
        Assert.Equal(weights.Order(), weights);
    });

    [Fact]
    public void Parts_of_scaled_data_and_what_is_kept_of_them_know_their_scale()
    {
        var scale = new ValueScale(ValueScaling.Log, 2);
        var data = Plays().Scaled(scale);
        Assert.Equal([1 + MathF.Log10(1.5f), 1 + MathF.Log10(2)], data.ByUser.Row(0).Values.ToArray(), IsNear);
        Assert.Equal(scale, data.Where([true, false, true]).Histories.Scale);
        Assert.Throws<InvalidOperationException>(() => data.Scaled(scale));
    }

    /// <summary>One with a hundred thousand plays must not decide what is similar.</summary>
    [Fact]
    public void A_count_of_one_user_does_not_outvote_all_others()
    {
        // Twenty users have a and b; one has a and c, with a hundred thousand plays of c.
        var events = Enumerable.Range(0, 20).SelectMany(n => new[] { ($"u{n}", "a", 10f), ($"u{n}", "b", 10f) })
            .Concat([("fan", "a", 100_000f), ("fan", "c", 100_000f)]);
        var raw = Interactions.FromEvents(events, e => (e.Item1, e.Item2, e.Item3));
        var scaled = raw.Scaled(ValueScale.For(raw.Histories.Weights.Span));
        Assert.Equal("c", Nearest(raw));
        Assert.Equal("b", Nearest(scaled));
    }

    [Fact]
    public void A_weight_that_comes_with_a_request_is_scaled_like_those_of_the_data()
    {
        var data = Interactions
            .FromEvents([("u", "a", 1f), ("u", "b", 2f), ("v", "a", 1998f), ("v", "b", 1f)], e => (e.Item1, e.Item2, e.Item3))
            .Scaled(new(ValueScaling.Log, 2));
        using var recommender = Recommender.From(data, new ItemKnn().Train(data, new()));
        float Score(float weight) => recommender.Recommend(new() { History = [new("a", weight)], Count = 1 }).Items.Single().Score;
        Assert.Equal(4 / (1 + MathF.Log10(1.5f)), Score(1998) / Score(1), 1e-5f);
    }

    private static bool IsNear(float a, float b) => MathF.Abs(a - b) < 1e-5f;

    private static string Nearest(Interactions data)
    {
        var scores = new float[data.Items.Count];
        data.Items.TryGetIndex("a", out int a);
        new ItemKnn().Train(data, new()).Score(new Query(-1, new[] { a }), scores);
        scores[a] = float.NaN;
        return data.Items.Id(Enumerable.Range(0, scores.Length).MaxBy(n => float.IsNaN(scores[n]) ? -1 : scores[n]));
    }

    private static Interactions Plays() =>
        Interactions.FromEvents([("u", "a", 1f), ("u", "b", 2f), ("v", "a", 1998f)], e => (e.Item1, e.Item2, e.Item3));

    private static float[] Weights(ValueScale scale, params float[] values) => [.. values.Select(scale.WeightOf)];
}
