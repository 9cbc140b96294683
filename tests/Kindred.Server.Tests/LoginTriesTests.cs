using System.Net;
using Kindred.Server.Dashboard;
using Kindred.ServerTests.Live;
using Microsoft.AspNetCore.Http;

namespace Kindred.ServerTests;

/// <summary>An address waits after ten wrong keys, and others do not.</summary>
public sealed class LoginTriesTests
{
    [Fact]
    public void An_address_waits_until_its_minute_is_over()
    {
        var clock = new StandingClock();
        var tries = new LoginTries(clock);
        var (here, there) = (From("192.0.2.1"), From("192.0.2.2"));
        for (int n = 0; n < LoginTries.MostWrong; n++)
        {
            Assert.Null(tries.WaitOf(here));
            tries.Add(here);
            clock.Now += TimeSpan.FromSeconds(1);
        }
        Assert.Equal(LoginTries.Period - TimeSpan.FromSeconds(LoginTries.MostWrong), tries.WaitOf(here));
        Assert.Null(tries.WaitOf(there));
        clock.Now += LoginTries.Period;
        Assert.Null(tries.WaitOf(here));
        tries.Add(here); // the first of another minute
        Assert.Null(tries.WaitOf(here));
    }

    private static DefaultHttpContext From(string address) =>
        new() { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
}
