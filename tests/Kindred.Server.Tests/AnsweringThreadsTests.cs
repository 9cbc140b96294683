using Kindred.Server;

namespace Kindred.ServerTests;

/// <summary>Answers do not wait for threads that wait for the disk.</summary>
public sealed class AnsweringThreadsTests
{
    [Fact]
    public void The_pool_has_threads_for_requests_while_others_wait()
    {
        AnsweringThreads.Reserve();
        ThreadPool.GetMinThreads(out int once, out int ports);
        Assert.True(once >= Environment.ProcessorCount + 8);
        AnsweringThreads.Reserve();
        ThreadPool.GetMinThreads(out int twice, out int portsAgain);
        Assert.Equal((once, ports), (twice, portsAgain));
    }
}
