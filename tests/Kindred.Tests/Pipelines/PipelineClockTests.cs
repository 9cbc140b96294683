using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Tests.Pipelines;

/// <summary>Limits of sources and budgets of requests.</summary>
public sealed class PipelineClockTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed class Proposes(int item, Action? before = null) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            before?.Invoke();
            (items[0], scores[0]) = (item, 1);
            return 1;
        }
    }

    private sealed class Takes(TimeSpan time) : IStage
    {
        public int Applied { get; private set; }

        public void Apply(in Query query, Candidates candidates)
        {
            Applied++;
            Thread.Sleep(time);
        }
    }

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2), Short = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void A_source_with_a_limit_works_beside_the_others()
    {
        using var begun = new ManualResetEventSlim();
        // each waits for the other: one after the other neither would end
        using var meets = new Barrier(2);
        void Meet() => Assert.True(meets.SignalAndWait(Long));
        var pipeline = new Pipeline(
            [new("beside", new Proposes(1, Meet)) { Limit = Long }, new("own", new Proposes(2, Meet))], Array.Empty<IStage>());
        var answer = pipeline.Answer(default, 5, cancellationToken: Token);
        Assert.Equal([1, 2], answer.Items.Select(c => c.Item).Order());
        Assert.Empty(answer.SkippedSteps);
    }

    [Fact]
    public void Who_is_late_or_fails_is_left_out_and_named()
    {
        using var never = new ManualResetEventSlim();
        var pipeline = new Pipeline(
            [
                new("late", new Proposes(1, () => never.Wait(Long, TestContext.Current.CancellationToken))) { Limit = Short },
                new("broken", new Proposes(2, () => throw new InvalidOperationException("no connection"))) { Limit = Long },
                new("good", new Proposes(3)),
            ],
            Array.Empty<IStage>());
        var answer = pipeline.Answer(default, 5, cancellationToken: Token);
        never.Set();
        Assert.Equal([3], answer.Items.Select(c => c.Item));
        Assert.Equal([("late", "late"), ("broken", "failed")], answer.SkippedSteps.Select(step => (step.Step, step.Why)));
        Assert.Equal("no connection", answer.SkippedSteps[1].Error!.Message);
    }

    [Fact]
    public void What_a_request_has_no_time_for_is_shed_in_the_order_that_was_said()
    {
        Takes slow = new(TimeSpan.FromMilliseconds(30)), needed = new(TimeSpan.Zero), quick = new(TimeSpan.Zero);
        var pipeline = new Pipeline(
            [new("s", new Proposes(1))], [new Stage("quick", quick), new Stage("slow", slow), new Stage("needed", needed)],
            new Budget(TimeSpan.FromMilliseconds(20), ["slow", "quick"]));
        PipelineAnswer answer = new([], []);
        for (int n = 0; n < 10; n++) answer = pipeline.Answer(default, 1, cancellationToken: Token);
        Assert.Contains(SkippedStep.Shed("slow"), answer.SkippedSteps); // on a busy machine perhaps the next in the order too
        Assert.InRange(slow.Applied, 4, 9);
        Assert.Equal(10, needed.Applied);
        Assert.Single(answer.Items);
    }

    /// <summary>A dropped step is thought to be 1 % faster each time: of 30 ms less than 20 are left after 41 requests.</summary>
    [Fact]
    public void What_was_shed_is_tried_again()
    {
        var slow = new Takes(TimeSpan.FromMilliseconds(30));
        var pipeline = new Pipeline(
            [new("s", new Proposes(1))], [new Stage("slow", slow)], new Budget(TimeSpan.FromMilliseconds(20), ["slow"]));
        for (int n = 0; n < 8; n++) pipeline.Answer(default, 1, cancellationToken: Token);
        int before = slow.Applied;
        for (int n = 0; n < 400; n++) pipeline.Answer(default, 1, cancellationToken: Token);
        Assert.InRange(slow.Applied, before + 1, before + 100);
    }

    [Fact]
    public void Without_a_budget_nothing_is_shed()
    {
        var slow = new Takes(Short);
        var pipeline = new Pipeline([new("s", new Proposes(1))], [slow]);
        for (int n = 0; n < 5; n++) Assert.Empty(pipeline.Answer(default, 1, cancellationToken: Token).SkippedSteps);
        Assert.Equal(5, slow.Applied);
    }

    [Fact]
    public void A_budget_of_an_unknown_step_and_two_steps_of_one_name_are_refused()
    {
        Source[] sources = [new("s", new Proposes(1))];
        Assert.Throws<ArgumentException>(() => new Pipeline(sources, Array.Empty<Stage>(), new(Short, ["other"])));
        Assert.Throws<ArgumentException>(() => new Pipeline(sources, [new Stage("s", new ExcludeSeen())]));
        Assert.Equal(["ExcludeSeen", "ExcludeSeen 2"], new Pipeline(
            sources, [new ExcludeSeen(), new ExcludeSeen()]).Stages.Select(stage => stage.Name));
    }
}
