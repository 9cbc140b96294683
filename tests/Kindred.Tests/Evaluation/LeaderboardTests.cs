using System.Text.Json;
using Kindred.Evaluation;
using Kindred.Storage;
using static Kindred.Tests.Evaluation.SignificanceTests;

namespace Kindred.Tests.Evaluation;

public sealed class LeaderboardTests
{
    [Fact]
    public void The_best_model_that_is_significantly_better_than_the_baseline_wins()
    {
        var board = Of(Report("popularity", 100, _ => 3), Report("better", 100, _ => 1), Report("best", 100, _ => 0));
        Assert.Equal(["best", "better", "popularity"], board.Standings.Select(s => s.Report.Name));
        Assert.Equal("best", board.Winner);
        Assert.Equal("Use best. It beats popularity by 75.0 points of MRR@10 (95 % CI 75.0 to 75.0).", board.Advice);
        Assert.Null(board.Standings[2].AgainstBaseline);
        Assert.Equal("popularity", board.Standings[0].AgainstBaseline!.Baseline);
    }

    [Fact]
    public void The_baseline_wins_when_the_others_lead_by_luck()
    {
        var board = Of(Report("lucky", 100, user => user < 2 ? 0 : user == 2 ? 3 : 1), Report("popularity", 100, _ => 1));
        Assert.Equal("lucky", board.Standings[0].Report.Name);
        Assert.Equal("popularity", board.Winner);
        Assert.Equal("Use popularity. No other model is significantly better.", board.Advice);
    }

    [Fact]
    public void Those_as_good_as_the_winner_are_named()
    {
        var board = Of(Report("popularity", 100, _ => 3), Report("a", 100, user => user % 2), Report("b", 100, user => user < 50 ? 0 : 1));
        Assert.Equal("a", board.Winner);
        Assert.EndsWith(". b is not significantly worse.", board.Advice);
    }

    [Fact]
    public void With_too_few_users_the_question_stays_open() => Assert.Equal(
        "Use popularity. Whether another model is better is undecided: 29 users were measured, and a verdict needs at least 30.",
        Of(Report("popularity", 29, _ => 1), Report("sharp", 29, _ => 0)).Advice);

    [Fact]
    public void The_baseline_alone_wins() =>
        Assert.Equal("Use popularity. No other model was measured.", Of(Report("popularity", 5, _ => 0)).Advice);

    [Fact]
    public void A_leaderboard_survives_json()
    {
        var board = Of(Report("popularity", 40, _ => 3), Report("better", 40, _ => 1));
        string json = JsonSerializer.Serialize(board, SealedFolder.Json);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<Leaderboard>(json, SealedFolder.Json), SealedFolder.Json));
    }

    [Fact]
    public void A_missing_baseline_and_doubled_names_are_refused()
    {
        var report = Report("better", 40, _ => 1);
        Assert.Equal(
            "There is no popularity to compare with; there are better.", Assert.Throws<InputException>(() => Of(report)).Message);
        Assert.Contains("Two reports are called better", Assert.Throws<ArgumentException>(() => Of(report, report)).Message);
        Assert.Contains("was not measured", Assert.Throws<InputException>(() => Of("auc", Report("popularity", 40, _ => 1))).Message);
    }

    private static Leaderboard Of(params EvaluationReport[] reports) => Of("mrr@10", reports);

    private static Leaderboard Of(string metric, params EvaluationReport[] reports) =>
        Leaderboard.Of(reports, metric, "popularity", 1, TestContext.Current.CancellationToken);
}
