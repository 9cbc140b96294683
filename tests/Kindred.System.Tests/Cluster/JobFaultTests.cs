using System.Net;
using System.Security.Cryptography;
using Kindred.Cluster;
using Kindred.SystemTests.Cli;
using Kindred.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Serialization;

namespace Kindred.SystemTests.Cluster;

/// <summary>What a job does about faults of its folder: one is mended, one that stays ends it with a sentence.</summary>
public sealed class JobFaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_piece_that_was_damaged_is_made_again()
    {
        await Import();
        await Kindred.Succeed("train", "parts", "--model", "item-knn", "--out", "one");
        int damaged = 0;
        var status = await Train(order =>
        {
            if (order.Work == Work.Write && damaged++ == 0) Damage();
        });
        Assert.Equal((JobState.Done, 2), (status.State, status.Attempts));
        Assert.Equal(Sum("one"), Sum("model"));
    }

    [Fact]
    public async Task A_piece_that_is_damaged_each_time_ends_the_job_with_a_sentence_that_names_it()
    {
        await Import();
        var status = await Train(order =>
        {
            if (order.Work == Work.Write) Damage();
        });
        Assert.Equal((JobState.Failed, 2), (status.State, status.Attempts));
        Assert.Contains(Path.Combine("pieces", "0000"), status.Note, StringComparison.Ordinal);
        Assert.Contains("is damaged", status.Note, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("model")));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_to_ends_the_job_with_a_sentence_that_names_it()
    {
        await Import();
        await File.WriteAllTextAsync(_folder.File("model"), "in the way", Cancellation);
        var status = await Train(_ => { });
        Assert.Equal((JobState.Failed, 2), (status.State, status.Attempts));
        Assert.Contains($"{_folder.File("model")} exists and is not a", status.Note, StringComparison.Ordinal);
        Assert.Equal("in the way", await File.ReadAllTextAsync(_folder.File("model"), Cancellation));
    }

    [Fact]
    public async Task A_disk_that_is_full_for_several_attempts_is_waited_for()
    {
        const int NoSpace = 28;
        await Import();
        int tries = 0;
        var status = await Train(order =>
        {
            if (order.Work == Work.Write && tries++ < 3) throw new IOException("No space left on device", NoSpace);
        });
        Assert.Equal((JobState.Done, 4), (status.State, status.Attempts));
        // as it comes from another silo
        var serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();
        Assert.True(JobGrain.MayPass(Sent(new IOException("No space left on device", NoSpace))));
        Assert.False(JobGrain.MayPass(Sent(new IOException("Permission denied"))));

        Exception Sent(Exception e) => serializer.Deserialize<Exception>(serializer.SerializeToArray(e))!;
    }

    [Fact]
    public async Task A_folder_that_cannot_be_listed_at_once_is_listed_again()
    {
        int tries = 0;
        Assert.Equal(7, await JobGrain.CountAsync(() => ++tries < 3 ? throw new InputException("It cannot be listed.") : 7));
        await Assert.ThrowsAsync<InputException>(() => JobGrain.CountAsync(() => throw new InputException("It cannot be listed.")));
    }

    private async Task Import()
    {
        var random = new Random(5);
        await File.WriteAllLinesAsync(_folder.File("events.csv"), Enumerable.Range(0, 3000)
            .Select(_ => $"u{random.Next(300)},i{random.Next(1 + random.Next(100))}").Prepend("user,item"), Cancellation);
        await Kindred.Succeed("import", "events.csv", "--out", "parts", "--partitions", "3");
    }

    /// <summary>Trains item-knn by a silo in this process.</summary>
    /// <param name="began">Told each order.</param>
    /// <returns>How the job ended.</returns>
    private async Task<JobStatus> Train(Action<Order> began)
    {
        int port = RunningCluster.FreePort();
        var address = ClusterAddress.Parse($"localhost:{port}");
        using var silo = ClusterHost.Silo(address, _folder.File("jobs"), IPAddress.Loopback, port, 1, began);
        await silo.StartAsync(Cancellation);
        using var client = await ClusterHost.ConnectAsync(address, Cancellation);
        var job = client.Services.GetRequiredService<IClusterClient>().GetGrain<IJobGrain>("job");
        await job.SubmitAsync(new("job", _folder.File("parts"), "item-knn", 0, _folder.File("model")));
        var deadline = DateTime.UtcNow.AddMinutes(2);
        while (true)
        {
            var status = (await job.StatusAsync())!;
            if (status.State != JobState.Running)
            {
                await silo.StopAsync(Cancellation);
                return status;
            }
            Assert.True(DateTime.UtcNow < deadline, $"The job does not end: {status}");
            await Task.Delay(50, Cancellation);
        }
    }

    private void Damage()
    {
        string file = _folder.File("jobs/job/pieces/0000/piece.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private string Sum(string model) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_folder.File($"{model}/model.safetensors"))));
}
