"""What the engine knows: plain arrays with declared axes, units and types.

Nothing here or below it knows a date, a country, a policy or a mode by name. One table per
structure lists every field; the structures themselves are made from the tables, so that the
documentation, the compiler and the engine cannot disagree about what exists.

Axes are written with these letters:

======  =========================================================================
letter  what it counts
======  =========================================================================
P       places
L       links
S       checkpoints (servers)
C       cohorts
K       choice classes: cohorts that see the same doors at the same price
D       destinations (column D is *home*, column D + 1 is *the end of this link*)
I       hops: all links from one place to another
W       destinations and home, rounded up to a multiple of eight, which are taken at once
N       nests of destinations
E       epochs: stretches of steps during which no rule changes
T       steps, the unshown first days included
Y       shown days
X       crossings: one post or airport, from one country into another
G       groups under which results are published
O       origins (places with a population)
Z       countries
F       links with seats (scheduled service)
Q       dated departures of all links with seats
R       rows of ordinary traffic
J       terms of drivers
A       drivers
H       hazard effects
M       transfers
V       vehicle classes: car, bus, foot, lorry
======  =========================================================================

Counts are parties (one person, or a family), held as float64: whole numbers while draws are on,
fractions in the deterministic limit, exact in both up to 2**53.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from borderflow.structure import Field, structure

VEHICLES = ("car", "bus", "foot", "lorry")
"""Classes of traffic at a checkpoint, in the order of axis V."""

HORIZON_BINS = 8
"""Bins of `in_transit`: less than one day to arrival, 1, 2, ... and seven days or more."""

NEVER = 1e30
"""A cost or a number of people that stands for *not possible* or *no limit*."""

ROUNDED = 1e-6
"""Hours by which sums of the same hours may differ: too few to decide anything."""

NEWCOMERS = 0.02
"""Share of those who stay abroad at which a destination without anybody is counted: word of it
gets round before the first arrive."""


def _table(rows: str) -> tuple[Field, ...]:
    fields = []
    for line in rows.strip().splitlines():
        name, axes, dtype, unit, text = (part.strip() for part in line.split("|", 4))
        fields.append(Field(name, axes, dtype, unit, text))
    return tuple(fields)


WORLD = _table(
    """
    steps          |        | int    |         | number of steps
    spd            |        | int    | 1/d     | steps a day
    news_steps     |        | int    |         | steps in one news interval
    booking_steps  |        | int    |         | how far ahead seats are sold
    n_days         |        | int    |         | shown days
    place_hash     | P      | uint64 |         | hash of the place's id
    is_home        | P      | bool   |         | lies in a country that people leave
    home_of        | P      | int64  |         | settlement that takes in those who turn back here (-1 abroad)
    dest_of        | P      | int64  |         | column of the destination here (-1: nobody travels here as an end)
    out_ptr        | P+1    | int64  |         | first link out of each place, in out_link
    out_link       | L      | int64  |         | links by tail, then head, then id
    hop_ptr        | P+1    | int64  |         | first hop out of each place
    hop_head       | I      | int64  |         | place where the hop ends
    hop_link       | I+1    | int64  |         | first link of the hop, as position in out_link
    into_ptr       | P+1    | int64  |         | first hop into each place, in into_place
    into_place     | I      | int64  |         | places where the hops into a place begin
    sweep          | P      | int64  |         | places, the nearest to any destination first: in this order ways are searched
    tail           | L      | int64  |         | place where the link begins
    head           | L      | int64  |         | place where it ends
    transit        | L      | int64  | steps   | travel time (after the last checkpoint)
    hours          | L      | float64| h       | travel time in hours
    fare           | L      | float64| currency| ordinary fare
    vehicle        | L      | int64  |         | vehicle class
    server         | L,2    | int64  |         | exit and entry checkpoint (-1: none)
    sched          | L      | int64  |         | position among the links with seats (-1: none)
    crossing       | L      | int64  |         | crossing that the link makes (-1: stays within a country)
    link_hash      | L      | uint64 |         | hash of the link's id
    beside_ptr     | L+1    | int64  |         | first (link) beside each link, in beside_link
    beside_link    | ...    | int64  |         | links of the same kind through posts nearby, by id
    beside_hours   | ...    | float64| h       | hours more by them than by the link itself, waits apart
    server_ptr     | S+1    | int64  |         | first (link) of each checkpoint, in server_link
    server_link    | ...    | int64  |         | links that pass each checkpoint, by id
    server_side    | S      | int64  |         | 0 exit, 1 entry
    next_server    | S      | int64  |         | entry checkpoint behind an exit checkpoint (-1: none)
    rate           | S      | float64| people/h| service rate when open and staffed
    open_share     | S,spd  | float64|         | share of each step of the day during which it is open
    share          | S,V    | float64|         | share of the lanes
    flexible       | S      | bool   |         | idle lanes serve the other classes
    room           | S      | float64| people  | people who fit before an entry checkpoint
    server_country | S      | int64  |         | country whose officers work there
    cls            | C      | int64  |         | choice class
    size           | C      | float64| people  | people in a party
    group          | C      | int64  |         | group under which results are published
    ordinary       | C      | bool   |         | ordinary traveller
    stays          | C      | bool   |         | stays at the destination (otherwise out of the picture)
    patience       | C      | float64| h       | wait at which people begin to give up
    behind         | C      | int64  |         | cohort of the family left behind (-1: none)
    behind_share   | C      | float64|         | share of parties that leave a family behind
    leave          | C      | float64| 1/d     | ordinary hazard of leaving
    ret            | C      | float64| 1/d     | hazard of returning
    onward         | C      | float64| 1/d     | hazard of moving on
    follow         | C      | float64| 1/d     | hazard of following
    cohort_hash    | C      | uint64 |         | hash of the cohort's id
    vot            | K      | float64| currency/h | value of time
    budget         | K      | float64| currency| highest fare that can be paid on one leg
    class_moves    | K      | bool   |         | some cohort of the class chooses (ordinary transit does not)
    dest_place     | D      | int64  |         | place of each destination, by nest, then id
    nest_ptr       | N+1    | int64  |         | first destination of each nest
    attraction     | D      | float64|         | log attraction
    capacity       | D      | float64| people  | room for people who stay
    dest_hash      | D+2    | uint64 |         | hash of the destination's id; home; end of this link
    nest_hash      | N      | uint64 |         | hash of the nest's name
    epoch          | T      | int64  |         | epoch of each step
    open           | E,L,K  | bool   |         | may be used at all
    link_open      | E,L    | bool   |         | service runs (for departures: not closed to everybody)
    dep_ptr        | F+1    | int64  |         | first departure of each link with seats
    dep_step       | Q      | int64  |         | step of departure
    dep_seats      | Q      | float64| people  | seats that can be booked
    dep_reserved   | Q      | float64| people  | seats held by ordinary travellers
    sched_link     | F      | int64  |         | link
    fixed_fare     | F      | bool   |         | its fare does not rise when seats sell out
    src_link       | R      | int64  |         | link of ordinary traffic
    src_cohort     | R      | int64  |         | cohort
    src_rate       | R,T    | float32| parties | expected parties in each step (0 off departures on links with seats)
    src_hash       | R      | uint64 |         | hash of link and cohort
    resident       | P,C    | float64| parties | people at home at the start
    visiting       | P,C    | float64| parties | ordinary visitors abroad at the start
    term_driver    | J      | int64  |         | driver to which the term adds
    term_level     | J,T    | float32|         | level in each step
    term_place     | J,P    | bool   |         | places where it acts
    term_cohort    | J,C    | bool   |         | cohorts on which it acts
    hazard_which   | H      | int64  |         | 0 leave, 1 return, 2 move on
    hazard_step    | H,2    | int64  |         | first step, and first step after it
    hazard_place   | H,P    | bool   |         | places
    hazard_cohort  | H,C    | bool   |         | cohorts
    move_step      | M      | int64  |         | step of a transfer
    move_from      | M      | int64  |         | place it takes people from
    move_to        | M      | int64  |         | place it takes them to
    move_cohort    | M,C    | bool   |         | cohorts that may be moved
    crossing_day   | X,T    | int64  |         | shown local day of the country entered (-1: not shown)
    country_day    | Z,T    | int64  |         | shown local day of the country
    day_end        | Y      | int64  |         | last step of each shown day (scenario time)
    step_day       | T      | int64  |         | shown day (scenario time; -1: not shown)
    origin_of      | P      | int64  |         | position among the origins (-1: none)
    n_origins      |        | int    |         | number of origins
    n_groups       |        | int    |         | number of groups
    n_crossings    |        | int    |         | number of crossings
    n_countries    |        | int    |         | number of countries
    n_drivers      |        | int    |         | number of drivers
    """
)

MEMBER = _table(
    """
    seed           |        | uint64 |         | seed of the ensemble
    number         |        | int    |         | member number
    chance         |        | bool   |         | draws on (off: the deterministic limit)
    cost_sensitivity |      | float64| 1/h     | log attraction lost per hour of generalised cost
    way_scale      |        | float64| h       | scale of the choice which way
    nest_scale     |        | float64|         | dissimilarity within a nest
    network_pull   |        | float64|         | log attraction per log share of those who stay abroad
    wait_weight    |        | float64|         | hours of cost per hour of expected wait
    departure_weight |      | float64|         | hours of cost per hour until the first free departure
    risk_hours     |        | float64| h       | hours of cost of a certain refusal
    fare_rise      |        | float64|         | fare of a sold-out week over the ordinary fare
    news_smoothing |        | float64|         | weight of the newest measurement
    reconsider_share |      | float64|         | share that draws again
    reconsider_hours |      | float64| h       | growth of cost that makes people reconsider
    baulk_max      |        | float64|         | highest chance not to join
    turn_hours     |        | float64| h       | what turning to the next post has to save besides the way there
    renege_per_day |        | float64| 1/d     | hazard of giving up at twice the patience
    give_up_share  |        | float64|         | share of those who give up that goes home
    refused_home_share |    | float64|         | share of the refused that goes home
    protection_share |      | float64|         | share of those refused entry that is let in to ask for protection
    retry_steps    |        | int    | steps   | time until the refused draw again
    leave          | C      | float64| 1/d     | hazard of leaving
    ret            | C      | float64| 1/d     | hazard of returning
    onward         | C      | float64| 1/d     | hazard of moving on
    follow         | C      | float64| 1/d     | hazard of following
    amplitude      | A      | float64|         | amplitude of each driver
    hazard_ratio   | H      | float64|         | ratio of each hazard effect
    attraction     | D      | float64|         | log attraction of each destination
    rate           | S      | float64| people/h| service rate, fully staffed
    ordinary_staff | S      | float64|         | share of it that is staffed in ordinary times
    staffing_hours |        | float64| h       | time in which officers come while a queue lasts
    rate_factor    | E,S    | float64|         | factor of the rules in force
    rate_cap       | E,S    | float64| people/h| cap of the rules in force
    traffic        | R      | float64|         | factor on ordinary traffic
    admit          | E,L,2,K| float64|         | share let through at the exit and the entry side
    delay          | E,L,K  | float64| h       | cost added by rules (minus the utility knob)
    lure           | E,D    | float64|         | log attraction added by rules
    occupancy      | V      | float64| people  | people in a vehicle
    move_people    | M      | float64| people  | people moved by each transfer
    """
)

STATE = _table(
    """
    resident       | P,C    | float64| parties | at home
    behind         | P,C,D  | float64| parties | left behind by somebody who went to D
    present        | P,C    | float64| parties | staying at a place abroad
    arrived        | P,C*(D+2)| float64| parties | just come to a place that is not their end
    deciding       | P,C*(D+2)| float64| parties | about to take a link
    has_arrived    | P,C+1  | bool   |         | some of the cohort have arrived (last column: anybody)
    has_deciding   | P,C+1  | bool   |         | some of the cohort are deciding (last column: anybody)
    node_cell      | pool   | int32  |         | cohort * (D + 2) + destination
    node_at        | pool   | int32  |         | link (in a queue or booked) or place (on the road)
    node_step      | pool   | int32  |         | step of joining (queues)
    node_n         | pool   | float64| parties | parties
    node_next      | pool   | int32  |         | next node of the list, or of the free list
    free           | 2      | int64  |         | head of the free list; 1 if the pool ran out
    queue_head     | L,2    | int64  |         | first node of each queue
    queue_tail     | L,2    | int64  |         | last node
    queue_people   | L,2    | float64| people  | people in the queue
    carry          | S      | float64| people  | service begun and not yet given out
    called         | S      | float64|         | share called in of the officers who are not there ordinarily
    booked_head    | Q      | int64  |         | first node of those booked on a departure
    seats_free     | Q      | float64| people  | seats still to be had
    reserved_left  | Q      | float64| people  | reserved seats not yet used
    next_dep       | F      | int64  |         | first departure not yet gone
    ring_head      | ring   | int64  |         | first node of those who arrive in a step (modulo its length)
    measured       | L,2    | float64| h       | wait measured at the last news
    believed       | L,2    | float64| h       | wait that people believe in
    seen_step      | F      | int64  | step    | first departure with a seat, as seen at the last news
    told_step      | F      | int64  | step    | the same one news interval earlier: what people believe
    seen_fare      | F      | float64|         | fare over the ordinary fare, as seen at the last news
    told_fare      | F      | float64|         | the same one news interval earlier
    link_hours     | L      | float64| h       | expected hours of each link, waits included
    link_base      | K,L    | float64| h       | cost of each link in this epoch but for wait and fare, in the order of out_link
    cost           | K,P,W  | float64| h       | perceived cost from each place (soft shortest path)
    before         | K,P,W  | float64| h       | the same one news interval ago
    hours          | K,P,W  | float64| h       | expected hours, as they were at the end of the last shown day
    factor         | K,L    | float64|         | share of each link in its hop, in the order of out_link
    hops           | K,I    | float64| h       | perceived cost of each hop that is on some way, all its links together
    is_way         | K,W/32,I| uint32|         | ends to which a hop is on the way, a bit for each
    choice         | P,K,D  | float64|         | chance of each destination (valid where choice_news is current)
    choice_news    | P,K    | int64  |         | recomputation at which choice was filled
    choice_any     | P,K    | bool   |         | some destination can be reached (valid likewise)
    news_count     | 2      | int64  |         | recomputations so far; epoch of the last one
    full           | D      | bool   |         | destination has no room left
    pull           | D      | float64|         | log attraction by those who went before
    drawn          | D      | float64|         | log attraction of all kinds (-NEVER: no room left)
    scratch        | 14,work| float64|       | work space
    link_wait      | L      | float64| h       | work space: cost of the believed wait, in the order of out_link
    link_fare      | L      | float64| currency| work space: fare, likewise
    link_cost      | L      | float64| h       | work space: generalised cost for one class, likewise
    hop_cost       | I      | float64| h       | work space: generalised cost of each hop for one class (NEVER: shut)
    many           | I      | float64|         | work space: all its links together, the cheapest being 1
    ahead          | 2,I+1  | uint32 |         | work space: hops that can be taken, and where they end, for one class
    ahead_cost     | I      | int32  |         | work space: what they cost, in grains
    ahead_hours    | I+1    | float64| h       | work space: how long they take, where that is asked
    ahead_many     | I      | float64|         | work space: all links of these hops together
    on_way         | I,W/32 | uint32 |         | work space: ends to which it is on the way, a bit for each
    inner          | P,W/32 | uint32 |         | work space: ends on the way to which a place is between others
    leading        | P,32W  | uint32 |         | work space: which of the first 32 hops out of each place are on the way to each end, a bit for each
    likely         | I+1,32W| float64|         | work space: likelihood of each hop on the way to each end
    order          | P      | int64  |         | work space: places by growing cost, for one destination; hops out of a place
    near           | P,32W  | int32  |         | work space: cost of the cheapest way from each place in grains, for one class
    weight         | P,32W  | float64|         | work space: likelihood of all ways together, the cheapest being 1
    end_weight     | P      | float64|         | work space: weight, likewise
    end_hours      | P      | float64| h       | work space: expected hours, likewise
    due            | P      | bool   |         | work space: whether a cost behind a place fell
    inner_place    | P      | int32  |         | work space: places between others, for one end
    inner_cost     | 32P    | int32  |         | work space: cost of the cheapest way from them, in grains
    rank           | 32P    | int32  |         | work space: how many of them cost less
    ties           | P      | int32  |         | work space: how many of them that cost as much are in order
    touched        | cells+1 | int64  |       | work space: cells that are not empty, their number first
    balance        | 4      | float64| people  | start, added, removed, residual in the last audit
    """
)

FLOWS = _table(
    """
    entries        | Y,X,G  | float64| people  | flow: people who made each crossing
    refused        | Y,Z,G  | float64| people  | flow: people refused by the officers of each country
    departed       | Y,O,G  | float64| people  | flow: people who left each origin
    queue_people   | T,S    | float64| people  | stock: travellers waiting before each checkpoint (lorries left out)
    queue_vehicles | T,S    | float64| vehicles| stock: cars and buses waiting before each checkpoint
    joined         | T,S    | float64| people  | flow: travellers who joined the queue and did not leave it before they passed
    passed         | T,S    | float64| people  | flow: travellers who passed
    present        | Y,D,G  | float64| people  | stock: people staying at each destination
    in_transit     | Y,D,B  | float64| people  | stock: people under way because of the shock, by days to arrival
    left_behind    | Y,G    | float64| people  | stock: family members left behind
    seats_sold     | Y,F    | float64| people  | stock: bookable seats sold on the departures of the day
    seats_offered  | Y,F    | float64| people  | stock: bookable seats on the departures of the day
    first_seat     | Y,F    | int64  | step    | first departure with a free seat at the end of the day (-1: none)
    fare           | Y,F    | float64|         | fare over the ordinary fare at the end of the day
    gave_up        | Y,G    | float64| people  | flow: people who did not join or left a queue
    moved          | Y,D    | float64| people  | flow: people brought to each destination by arrangement
    """
)


World = structure("World", WORLD, __name__)
Member = structure("Member", MEMBER, __name__)
State = structure("State", STATE, __name__)
Flows = structure("Flows", FLOWS, __name__)

STRUCTURES = {"World": WORLD, "Member": MEMBER, "State": STATE, "Flows": FLOWS}
"""Name of each structure and the table of its fields."""


def sizes(world: Any) -> dict[str, int]:
    """Lengths of the axes of a compiled world.

    Parameters
    ----------
    world : World
        The compiled world.

    Returns
    -------
    dict of str to int
        Letter of the axis to its length.
    """
    return {
        "P": len(world.place_hash),
        "L": len(world.tail),
        "S": len(world.rate),
        "C": len(world.cls),
        "K": len(world.vot),
        "D": len(world.dest_place),
        "I": len(world.hop_head),
        "W": -(-(len(world.dest_place) + 1) // 8) * 8,
        "N": len(world.nest_hash),
        "E": world.open.shape[0],
        "T": world.steps,
        "Y": world.n_days,
        "X": world.n_crossings,
        "G": world.n_groups,
        "O": world.n_origins,
        "Z": world.n_countries,
        "F": len(world.sched_link),
        "Q": len(world.dep_step),
        "R": len(world.src_link),
        "V": len(VEHICLES),
        "B": HORIZON_BINS,
    }


def new_state(world: Any, pool: int) -> Any:
    """The state before the first step: everybody at home, ordinary visitors abroad, no queues.

    Parameters
    ----------
    world : World
        The compiled world.
    pool : int
        Number of list nodes to provide for people in queues, booked or on the road.

    Returns
    -------
    State
    """
    n = sizes(world)
    cells = n["C"] * (n["D"] + 2)
    ring = int(world.transit.max(initial=1)) + 16 * world.spd + 2
    shape = {
        **n,
        "C*(D+2)": cells,
        "D+1": n["D"] + 1,
        "C+1": n["C"] + 1,
        "P+1": n["P"] + 1,
        "I+1": n["I"] + 1,
        "W/32": -(-n["W"] // 32),
        "32P": 32 * -(-n["P"] // 32),
        "32W": 32 * -(-n["W"] // 32),
        "pool": pool,
        "ring": ring,
        "cells+1": cells + 1,
        "work": max(cells, 2 * n["N"], n["L"], n["S"]),
    }
    arrays: dict[str, np.ndarray] = {}
    for field in STATE:
        dims = [shape[axis] if axis in shape else int(axis) for axis in field.dims]
        arrays[field.name] = np.zeros(dims, dtype=field.type)
    arrays["resident"][:] = world.resident
    arrays["present"][:] = world.visiting
    arrays["node_next"][:] = np.arange(1, pool + 1)
    arrays["node_next"][-1] = -1
    for name in ("queue_head", "queue_tail", "booked_head", "ring_head"):
        arrays[name][:] = -1
    arrays["seats_free"][:] = world.dep_seats
    arrays["reserved_left"][:] = world.dep_reserved
    arrays["next_dep"][:] = world.dep_ptr[:-1]
    arrays["seen_fare"][:] = 1.0
    arrays["told_fare"][:] = 1.0
    arrays["before"][:] = NEVER
    arrays["cost"][:] = NEVER
    arrays["choice_news"][:] = -1
    arrays["news_count"][1] = -1
    people = (world.resident + world.visiting) @ world.size
    arrays["balance"][0] = people.sum()
    return State(**arrays)


def new_flows(world: Any) -> Any:
    """Empty results of one member.

    Parameters
    ----------
    world : World
        The compiled world.

    Returns
    -------
    Flows
    """
    n = sizes(world)
    arrays = {
        field.name: np.zeros([n[axis] for axis in field.dims], dtype=field.type) for field in FLOWS
    }
    arrays["first_seat"][:] = -1
    return Flows(**arrays)
