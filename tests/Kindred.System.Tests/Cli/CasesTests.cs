using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Files as people have them, and what the command says of them; what they are read as is a test of the import.</summary>
public sealed class CasesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_item_that_is_gone_may_be_denied()
    {
        var result = await Kindred.Run("recommend", Case("deny-an-item-that-is-gone/events.csv"), "--user", "7001", "--deny", "300,gone");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("so without effect in --deny: gone.", result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?m)^ *\d+ +300 ", result.StandardOutput);
        result = await Kindred.Run("recommend", Case("deny-an-item-that-is-gone/events.csv"), "--user", "7001", "--allow", "gone");
        Assert.Contains("Nothing passes the filter.", result.StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate")]
    [InlineData("compare")]
    public async Task Repeats_are_called_so(string verb)
    {
        var result = await Kindred.Run(verb, Case("all-events-are-repeats/purchases.csv"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("events of the measured part are repeats: the user had the item before", result.StandardError,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate")]
    [InlineData("compare")]
    public async Task Data_without_times_are_split_at_random_and_it_is_said(string verb)
    {
        var result = await Kindred.Run(verb, Case("no-times/events.csv"));
        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Contains("The events have no times, so they are split at random.", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("--split leave-last", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("take --split random or leave-last", await Kindred.Refused(verb, Case("no-times/events.csv"), "--split", "time"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_whom_pandas_wrote_with_a_fraction_is_found_without()
    {
        string said = await Kindred.Succeed("recommend", Case("ids-float-asked-as-integer/events.csv"), "--user", "7000");
        Assert.DoesNotContain("popular with everyone", said, StringComparison.Ordinal);
        Assert.Matches("(?m)item-knn", said);
    }

    [Theory]
    [InlineData("als")]
    [InlineData("mf")]
    [InlineData("bias")]
    [InlineData("slope-one")]
    public async Task Models_of_ratings_refuse_data_without(string model)
    {
        string views = Case("rating-model-without-ratings/views.csv"), said = $"{model} predicts ratings, and views has none";
        Assert.Contains(said, await Kindred.Refused("recommend", views, "--user", "7001", "--model", model), StringComparison.Ordinal);
        string refusal = await Kindred.Refused("train", views, "--model", model, "--out", "model");
        Assert.Contains("Use implicit-als", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_do_not_exist_are_no_files()
    {
        string events = Case("option-that-does-not-exist/events.csv");
        Assert.Contains("There is no option --sep; did you mean", await Kindred.Refused("import", events, "--out", "x", "--sep", ";"),
            StringComparison.Ordinal);
        Assert.Contains("There is no option --verbose.", await Kindred.Refused("inspect", events, "--verbose"), StringComparison.Ordinal);
        string refusal = await Kindred.Refused("compare", events, "--model", "item-knn");
        Assert.Contains("There is no option --model", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zero-to-two")]
    [InlineData("minus-ten-to-ten")]
    public async Task Ratings_of_any_sign_can_be_compared(string file)
    {
        string ratings = Case($"ratings-that-are-zero-or-negative/{file}.csv");
        await Kindred.Succeed("inspect", ratings);
        await Kindred.Succeed("evaluate", ratings, "--model", "item-knn", "--model", "als");
        await Kindred.Succeed("evaluate", ratings, "--metric", "rmse", "--model", "bias");
    }

    [Fact]
    public async Task Counts_say_how_they_weigh_and_the_scale_can_be_tuned()
    {
        string plays = Case("play-counts/plays.csv");
        await Kindred.Succeed("import", plays, "--out", "plays");
        Assert.Contains("an event weighs 1 + log10(1 + value / 11)", await Kindred.Succeed("inspect", "plays"), StringComparison.Ordinal);
        string said = await Kindred.Succeed(
            "tune", "plays", "--model", "item-knn:shrinkage=3", "--tune-scale", "--split", "random", "--trials", "2");
        foreach (string scale in (string[])["raw", "log", "cap", "none"]) Assert.Matches($@"(?m)^{scale} +\.\d+", said);
        Assert.Contains("before training", said, StringComparison.Ordinal);
    }

    private static string Case(string file) => Path.Combine(AppContext.BaseDirectory, "cases", file);
}
