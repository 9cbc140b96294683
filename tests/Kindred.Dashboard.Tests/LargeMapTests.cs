using System.Diagnostics;
using System.Globalization;
using Kindred.DashboardTests;
using Kindred.Models;
using Kindred.Server;
using Kindred.ServerTests;
using Kindred.Snapshots;
using Kindred.Store;
using Kindred.Tests.Support;
using LivingServer = Kindred.ServerTests.LivingServer;

[assembly: AssemblyFixture(typeof(LargeShop))]

namespace Kindred.DashboardTests;

/// <summary>A server whose model has as many items as a map may have; it is started when a test needs it.</summary>
public sealed class LargeShop : IAsyncDisposable
{
    public const int Items = 50_000;

    private readonly TemporaryFolder _folder = new();
    private LivingServer? _server;

    internal async Task<LivingServer> ServerAsync()
    {
        if (_server is not null) return _server;
        string path = _folder.File("shop");
        var folder = LivingFolder.Create(path, null, Durability.Os);
        var random = new Random(1);
        var time = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var data = Interactions.FromEvents(
            Enumerable.Range(0, 4 * Items), n => ($"u{random.Next(5_000)}", $"i{n % Items}", time.AddSeconds(n)));
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, data), trainer.Train(data, new()));
        new TrainedRecommender(data, Trained(new ImplicitAls { Dimensions = 8, Epochs = 1 }), Trained(new Popularity()))
            .Publish(folder.Snapshots);
        return _server = await LivingServer.StartIn(path);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>The largest map that a browser draws. The times are printed and not asserted, as machines differ.</summary>
public sealed class LargeMapTests(ChromiumBrowser chromium, LargeShop shop)
{
    /// <summary>Times what the script does in each frame in which it draws the background or the whole picture anew.</summary>
    private const string Timing = """
        window.frames_ = [];
        let isDrawn = false;
        const pen = CanvasRenderingContext2D.prototype, fill = pen.fillRect, put = pen.putImageData, next = window.requestAnimationFrame;
        pen.fillRect = function (x, y, width, height) {
          if (width > 100) isDrawn = true;
          return fill.call(this, x, y, width, height);
        };
        pen.putImageData = function (...all) {
          isDrawn = true;
          return put.apply(this, all);
        };
        window.requestAnimationFrame = draw => next.call(window, time => {
          const start = performance.now();
          isDrawn = false;
          draw(time);
          if (isDrawn) frames_.push(performance.now() - start);
        });
        """;

    [Fact]
    public async Task All_items_are_drawn_and_follow_the_hand()
    {
        await using var visit = await Visit.Begin(chromium, await shop.ServerAsync());
        await visit.Page.AddInitScriptAsync(Timing);
        await visit.Open("/map"); // the server computes the map once
        long start = Stopwatch.GetTimestamp();
        var page = await visit.Open("/map");
        var canvas = page.Locator("#map canvas");
        await canvas.WaitForAsync();
        double shown = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.Equal($"{LargeShop.Items}", await canvas.GetAttributeAsync("data-drawn"));

        string before = await canvas.EvaluateAsync<string>("canvas => canvas.toDataURL()");
        await canvas.ScrollIntoViewIfNeededAsync();
        var box = (await canvas.BoundingBoxAsync())!;
        await page.EvaluateAsync("() => { frames_.length = 0; }");
        start = Stopwatch.GetTimestamp();
        await page.Mouse.MoveAsync(box.X + 200, box.Y + 200);
        await page.Mouse.DownAsync();
        for (int step = 1; step <= 20; step++)
        {
            await page.Mouse.MoveAsync(box.X + 200 + (5 * step), box.Y + 200 + (2 * step));
            await page.EvaluateAsync("() => new Promise(requestAnimationFrame)");
        }
        await page.Mouse.UpAsync();
        double dragged = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double[] drawn = await page.EvaluateAsync<double[]>("() => frames_");
        Assert.InRange(drawn.Length, 2, 60);
        Array.Sort(drawn);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"{LargeShop.Items:N0} items: on the screen after {shown:F2} s; a drag of 20 steps in {dragged:F2} s, {drawn.Length} frames, ")
            + FormattableString.Invariant($"each {drawn[drawn.Length / 2]:F0} ms of drawing in the median, {drawn[^1]:F0} ms at most."));
        Assert.NotEqual(before, await canvas.EvaluateAsync<string>("canvas => canvas.toDataURL()"));
        // moved by less than a half, so that most are still in view
        string? inView = await canvas.GetAttributeAsync("data-drawn");
        Assert.InRange(int.Parse(inView!, CultureInfo.InvariantCulture), LargeShop.Items / 2, LargeShop.Items - 1);
    }
}
