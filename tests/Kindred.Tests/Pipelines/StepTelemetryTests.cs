using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Tests.Pipelines;

/// <summary>What listeners of the meter and of the spans hear of a pipeline. Others run beside this one: names tell them apart.</summary>
public sealed class StepTelemetryTests
{
    private sealed class Three : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            for (int n = 0; n < 3; n++) (items[n], scores[n]) = (n, 3 - n);
            return 3;
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Each_step_is_timed_and_has_a_span_with_its_candidates(bool isParallel)
    {
        string one = $"source-{Guid.NewGuid()}", two = $"stage-{Guid.NewGuid()}";
        var source = new Source(one, new Three(), 3) { Limit = isParallel ? TimeSpan.FromMinutes(1) : null };
        var pipeline = new Pipeline([source], [new Stage(two, new ExcludeSeen())]);
        var query = new Query(-1, new[] { 1 });
        var timed = new List<string>();
        var spans = new List<(string?, int?, int?, string?)>();
        using var meter = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Name: "kindred.stage.duration", Meter.Name: "Kindred", Unit: "s" }
                    or { Name: "kindred.stage.candidates", Meter.Name: "Kindred", Unit: "{candidate}" })
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        meter.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            if (tags is [{ Key: "kindred.stage", Value: string step }] && (step == one || step == two) && seconds >= 0) timed.Add(step);
        });
        var counted = new List<(string, string?, long)>();
        meter.SetMeasurementEventCallback<long>((_, candidates, tags, _) =>
        {
            if (tags is [{ Value: string step }, { Key: "kindred.direction", Value: string way }] && (step == one || step == two))
                counted.Add((step, way, candidates));
        });
        meter.Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = spanned => spanned.Name == "Kindred",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                string? step = (string?)span.GetTagItem("kindred.stage");
                if (step == one || step == two)
                    spans.Add((step, (int?)span.GetTagItem("kindred.candidates.in"), (int?)span.GetTagItem("kindred.candidates.out"),
                        span.Parent?.OperationName));
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var asking = new ActivitySource("Kindred");
        using (asking.StartActivity("asked"))
        {
            pipeline.WarmUp(query, 2);
            Assert.Equal([0, 2], pipeline.Recommend(query, 2).Select(candidate => candidate.Item));
        }
        Assert.Equal([one, two], timed);
        Assert.Equal([(one, "in", 0), (one, "out", 3), (two, "in", 3), (two, "out", 2)], counted);
        Assert.Equal([(one, 0, 3, "asked"), (two, 3, 2, "asked")], spans);
    }

    [Fact]
    public void An_answer_that_does_without_a_step_is_counted()
    {
        string late = $"source-{Guid.NewGuid()}";
        var pipeline = new Pipeline([new Source(late, new Slow(), 3) { Limit = TimeSpan.FromMilliseconds(1) }], []);
        int skipped = 0;
        using var meter = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Name: "kindred.stage.skipped", Meter.Name: "Kindred" }) listener.EnableMeasurementEvents(instrument);
            },
        };
        meter.SetMeasurementEventCallback<long>((_, answers, tags, _) =>
        {
            if (tags is [{ Key: "kindred.stage", Value: string step }] && step == late) skipped += (int)answers;
        });
        meter.Start();
        Assert.Empty(pipeline.Recommend(new Query(-1, new[] { 1 }), 2));
        Assert.Equal(1, skipped);
    }

    /// <summary>Waits until nobody waits for it.</summary>
    private sealed class Slow : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            cancellationToken.WaitHandle.WaitOne();
            return 0;
        }
    }
}
